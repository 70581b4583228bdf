import { join } from 'node:path';
import { createLogger, createService, stopGracefully } from '@halfway/service';
import { Interruption } from '../../../scenarios/support/interruption.js';
import { portsModule, root } from '../../../scenarios/support/stack.js';
import { System } from '../../../scenarios/support/system.js';
import { stageConfig } from './stage.config.js';
import { stageService } from './stage.service.js';

const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** `npm run stage`: stack, both services and the stage until Ctrl-C; then all of it is stopped and what it stored is removed. */
export async function stage(environment = process.env): Promise<void> {
  const config = stageConfig(environment);
  const interruption = new Interruption(log);
  const system = await System.start({
    profile: 'demo',
    ports: 'default',
    faults: true,
    folder: join(root, '.data', `stage-${process.pid}`),
    log,
  });
  interruption.stopsBy(system.stop.bind(system));
  try {
    const logger = createLogger({ name: 'stage', level: config.logLevel });
    const app = await createService(stageService({ system, runsFolder: join(root, '.data', 'stage-runs'), logger }));
    interruption.stopsBy(async () => {
      await stopGracefully(app);
      await system.stop();
    });
    const port = await (await portsModule()).freePort('stage', config.port);
    if (port !== config.port) log(`Port ${config.port} (stage) is taken: using ${port} instead.`);
    await app.listen(port, '127.0.0.1');
    log(`order ${system.order.url}/docs · inventory ${system.inventory.url}/docs`);
    log(`stage http://127.0.0.1:${port}/ (for people), /docs (for programs) · Ctrl-C stops everything`);
  } catch (error) {
    await system.stop();
    throw error;
  }
}
