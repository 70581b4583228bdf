import type { Log } from '../rocketmq/wire.js';

/**
 * What can happen to an event on its way, in the words of the log, and how loud the log says it. One call tells a step to the
 * log, for whoever runs the service, and to the journal, for whoever asks about one key: so the two cannot differ.
 */
const STEPS = {
  // publishing
  'half message sent': 'debug',
  'half message refused': 'warn',
  'local transaction committed': 'debug',
  'local transaction rolled back': 'debug',
  'answer to COMMIT lost': 'warn',
  'verdict sent': 'debug',
  'verdict lost, the check-back repeats it': 'warn',
  'check-back asked': 'debug',
  'check-back answered': 'debug',
  'transaction aborted by tombstone': 'info',
  'event relayed': 'debug',
  'event not relayed, tried again': 'warn',
  'event sent': 'debug',
  'event not sent, the sweeper sends it': 'warn',
  'event sent again': 'debug',
  'event refused by the broker': 'warn',
  'timer armed': 'debug',
  // consuming
  'event received': 'debug',
  'event handled': 'debug',
  'handler failed, trying again': 'warn',
  'message parked': 'warn',
  'parked message failed again': 'warn',
  'parked message healed': 'info',
  'message quarantined': 'warn',
  'reply sent': 'debug',
  'reply not sent': 'warn',
  'lease lost': 'warn',
  'message acknowledged': 'debug',
} as const satisfies Readonly<Record<string, 'debug' | 'info' | 'warn'>>;

export type StepName = keyof typeof STEPS;

/** What is known of a step. The log shows all of it, the journal what has a name here. */
export interface Facts {
  /** The business key, e.g. an order id. */
  readonly key?: string;
  /** Several keys that share the step, e.g. a half message of group commit. */
  readonly keys?: readonly string[];
  readonly transactionId?: string;
  /** Of the event. */
  readonly type?: string;
  readonly messageId?: string;
  readonly attempt?: number;
  readonly verdict?: string;
  /** When a timer is due. */
  readonly deliverAt?: Date;
  /** Anything a reader should know beside the above. */
  readonly detail?: string;
  /** Why it went wrong. */
  readonly reason?: string;
  readonly err?: unknown;
  readonly [more: string]: unknown;
}

/** Takes a step down. Synchronous, never throws, waits for nothing. */
export type WriteStep = (step: string, facts: Facts) => void;

export type Tell = (step: StepName, facts: Facts) => void;

/** @param write absent while the journal is off: then a step is a line of the log and nothing else. */
export function teller(log: Log, write?: WriteStep): Tell {
  return (step, facts) => {
    log[STEPS[step]](facts, step);
    write?.(step, facts);
  };
}
