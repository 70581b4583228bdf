import type { Pool } from 'pg';
import { ConfigurationError } from '../mq.errors.js';

interface Setting {
  readonly name: string;
  readonly setting: string;
}

/**
 * Refuses a database that may forget what it confirmed: the whole protocol rests on the decision row outliving a crash.
 * Asked over the service's own pool, because role and database may have settings of their own.
 * @throws ConfigurationError naming all problems at once, each with its fix.
 */
export async function refuseUnsafeDatabase(pool: Pool): Promise<void> {
  const { rows } = await pool.query<Setting>(
    `select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit')
     union all select 'replica', pg_is_in_recovery()::text`,
  );
  const is = new Map(rows.map(({ name, setting }) => [name, setting]));
  const problems: string[] = [];
  for (const name of ['fsync', 'full_page_writes']) {
    if (is.get(name) !== 'on') {
      problems.push(`${name} is ${is.get(name)}: set "${name} = on" in postgresql.conf and reload`);
    }
  }
  if (is.get('synchronous_commit') === 'off') {
    problems.push(
      'synchronous_commit is off: a confirmed order may vanish in a crash; set it to "on" in postgresql.conf, and reset it for the role and the database',
    );
  }
  if (is.get('replica') !== 'false') {
    problems.push('it is a replica, and a replica does not know running transactions: connect to the primary');
  }
  if (problems.length > 0) {
    throw new ConfigurationError('MQ_UNSAFE_DATABASE', `PostgreSQL may lose commits: ${problems.join('; ')}.`);
  }
}
