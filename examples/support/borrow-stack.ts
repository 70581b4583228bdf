import { root, stackModule, type Stack } from '../../scenarios/support/stack.js';
import { join } from 'node:path';

export interface BorrowedStack {
  readonly endpoint: string;
  readonly folder: string;
  /** Stops it when it was started for the examples, and leaves it alone otherwise. */
  readonly giveBack: () => Promise<void>;
}

/** The stack of "npm run stack -- up" when it runs, else one of our own for as long as the examples take. */
export async function borrowStack(log: (line: string) => void): Promise<BorrowedStack> {
  // The examples make databases of their own, so they need a PostgreSQL of this machine; only RocketMQ may be somebody else's.
  for (const name of ['ORDER_DATABASE_URL', 'INVENTORY_DATABASE_URL']) delete process.env[name];
  const { startStack, attachStack } = await stackModule();
  const folder = join(root, '.data', 'stack');
  const running = await attachStack({ folder, log }).catch(() => undefined);
  const runs = running !== undefined && Object.keys(running.pids).length > 0;
  // Cheap on a healthy stack; one that was started by an older checkout lacks topics, and gets them.
  const stack = await (runs
    ? startStack({ profile: 'default', ports: 'default', log })
    : startStack({ profile: 'demo', ports: 'default', log }));
  if (!runs) log('Several examples in a row start faster on a stack that stays: npm run stack -- up');
  process.env['HALFWAY_TEST_POSTGRES_URL'] = stack.postgresAdminUrl;
  return {
    endpoint: stack.rocketmqEndpoint,
    folder: stack.folder,
    giveBack: async () => void (runs || (await stop(stack))),
  };
}

const stop = (stack: Stack): Promise<void> => stack.stop();
