import { readEnvironment } from '@halfway/service';

const LOCAL_OWNER = 'postgres://halfway_owner@127.0.0.1:15432/halfway_order';

/** ORDER_MIGRATION_DATABASE_URL, the owner's; default ORDER_DATABASE_URL; default the owner of the local stack. */
export function migrationUrl(environment: NodeJS.ProcessEnv = process.env): string {
  return readEnvironment(
    (env) =>
      env.url('ORDER_MIGRATION_DATABASE_URL', {
        default: env.optionalText('ORDER_DATABASE_URL') ?? LOCAL_OWNER,
        protocols: ['postgres:', 'postgresql:'],
      }),
    environment,
  );
}
