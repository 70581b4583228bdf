import { runService } from '@halfway/service';
import { inventoryService } from './inventory.service.js';

await runService(() => inventoryService(process.env));
