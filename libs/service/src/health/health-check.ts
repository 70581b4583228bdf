/** One thing a service cannot work without. */
export interface HealthCheck {
  /** Lower case, e.g. `database`. */
  readonly name: string;
  /** Resolves when it is fine; throws an error whose text says what is wrong and what to do. */
  check(): Promise<unknown>;
}

export interface Readiness {
  readonly status: 'ready' | 'not ready';
  readonly checks: Readonly<Record<string, { readonly status: 'up' | 'down'; readonly reason?: string }>>;
}

/** The part of a `pg` pool that the check needs. */
interface Queryable {
  query(text: string): Promise<unknown>;
}

export function databaseCheck(pool: Queryable): HealthCheck {
  return {
    name: 'database',
    async check() {
      try {
        await pool.query('select 1');
      } catch (cause) {
        throw new Error('PostgreSQL does not answer. Check the database URL and "npm run stack -- status".', { cause });
      }
    },
  };
}

/** The part of the messaging library's `MqHealth` that the check needs. */
interface Messaging {
  check(): Promise<{
    readonly ready: boolean;
    readonly parts: readonly { readonly name: string; readonly connected: boolean; readonly reason?: string }[];
    readonly reason?: string;
  }>;
}

/** Every producer and consumer is registered, and the broker answers. Requests are served without it, messages wait. */
export function brokerCheck(messaging: Messaging): HealthCheck {
  return {
    name: 'broker',
    async check() {
      const { ready, parts, reason } = await messaging.check();
      if (ready) return;
      const missing = parts.filter(({ connected }) => !connected);
      const reasons = new Set([reason, ...missing.map((part) => part.reason)].filter((text) => text !== undefined));
      const why = [missing.map(({ name }) => name).join(', '), ...reasons].filter(Boolean).join(': ');
      throw new Error(`RocketMQ is not reached (${why}). Check ROCKETMQ_ENDPOINT and "npm run stack -- status".`);
    },
  };
}

/** A probe usually has a second or two itself. */
const CHECK_LIMIT_MS = 1_500;

/** All checks at once; one that hangs counts as down. */
export async function readinessOf(checks: readonly HealthCheck[], limitMs = CHECK_LIMIT_MS): Promise<Readiness> {
  const results = await Promise.all(
    checks.map(async (check) => [check.name, await outcomeOf(check, limitMs)] as const),
  );
  const ready = results.every(([, { status }]) => status === 'up');
  return { status: ready ? 'ready' : 'not ready', checks: Object.fromEntries(results) };
}

async function outcomeOf(check: HealthCheck, limitMs: number): Promise<{ status: 'up' | 'down'; reason?: string }> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${limitMs} ms.`)), limitMs);
  });
  try {
    await Promise.race([check.check(), limit]);
    return { status: 'up' };
  } catch (error) {
    return { status: 'down', reason: error instanceof Error ? error.message : 'unknown' };
  } finally {
    clearTimeout(timer);
  }
}
