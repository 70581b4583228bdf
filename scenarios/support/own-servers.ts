import { UsageError } from './usage-error.js';

/** As `stack/index.mjs` takes them; migrations and the auditor go to the latter two when they are given. */
const addresses = [
  'ROCKETMQ_ENDPOINT',
  'ORDER_DATABASE_URL',
  'INVENTORY_DATABASE_URL',
  'ORDER_MIGRATION_DATABASE_URL',
  'INVENTORY_MIGRATION_DATABASE_URL',
] as const;

/** Asked before servers are killed, emptied or filled. @throws UsageError when one of them is somebody else's. */
export function refuseOthersServers(command: string, environment: NodeJS.ProcessEnv = process.env): void {
  const set = addresses.filter((name) => environment[name]);
  if (set.length > 0) {
    throw new UsageError(`${command} breaks servers, so they must be its own. Unset ${set.join(' and ')}.`);
  }
}
