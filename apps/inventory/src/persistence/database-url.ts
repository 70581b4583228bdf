import type { EnvironmentReader } from '@halfway/service';

const PROTOCOLS = ['postgres:', 'postgresql:'];
/** The stack of this repository ("npm run stack -- up"), which trusts local connections. */
const LOCAL = 'postgres://halfway_app@127.0.0.1:15432/halfway_inventory';
const LOCAL_OWNER = 'postgres://halfway_owner@127.0.0.1:15432/halfway_inventory';

export function databaseUrl(env: EnvironmentReader): string {
  return env.url('INVENTORY_DATABASE_URL', { protocols: PROTOCOLS, default: LOCAL });
}

/** Migrations run as the owner of the tables; where one role does both, INVENTORY_DATABASE_URL is enough. */
export function migrationUrl(env: EnvironmentReader): string {
  const otherwise = env.optionalText('INVENTORY_DATABASE_URL') ?? LOCAL_OWNER;
  return env.url('INVENTORY_MIGRATION_DATABASE_URL', { protocols: PROTOCOLS, default: otherwise });
}
