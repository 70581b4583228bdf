import { runService } from '@halfway/service';
import { orderService } from './order.service.js';

await runService(() => orderService(process.env));
