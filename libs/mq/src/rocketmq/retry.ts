import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerUnavailableError, ConfigurationError } from '../mq.errors.js';

/** How often, and within which time, a message is sent again when it is open whether the broker has it. */
export interface Retry {
  /** Further attempts after the first; RocketMQ 4 clients default to 2. */
  readonly times: number;
  /** Milliseconds in which all attempts begin, evenly spread; RocketMQ 4 clients default to 3000. The last one may still take a request's time. */
  readonly withinMs: number;
}

/**
 * A refusal is final. Anything else leaves open whether the message was stored, so a retry may store it twice: both copies have
 * the same event id.
 * @param send gets the number of the attempt, from 1.
 */
export async function retrying<T>({ times, withinMs }: Retry, send: (attempt: number) => Promise<T>): Promise<T> {
  if (!Number.isInteger(times) || times < 0 || !(withinMs >= 0)) {
    throw new ConfigurationError(
      'MQ_RETRY',
      `A retry of ${times} times within ${withinMs} ms. Use whole numbers from 0.`,
    );
  }
  // A connection that broke needs up to 2 s to come back: attempts in a row would all find it broken.
  const distanceMs = withinMs / (times + 1);
  const deadline = performance.now() + withinMs;
  for (let attempt = 1; ; attempt++) {
    const next = performance.now() + distanceMs;
    try {
      return await send(attempt);
    } catch (error) {
      const startsAt = Math.max(next, performance.now());
      if (!(error instanceof BrokerUnavailableError) || attempt > times || startsAt > deadline) throw error;
      await sleep(startsAt - performance.now());
    }
  }
}
