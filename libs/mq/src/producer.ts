import type { LocalTransaction } from './local-transaction.js';
import type { Fields } from './message.js';
import type { SendReceipt } from './rocketmq/wire.js';
import type { EventToken } from './topic.js';

export interface SendInTransactionOptions {
  /** `accept` (default): go on without a half message, the sweeper publishes. `refuse`: BrokerUnavailableError, nothing begun. */
  readonly whenBrokerIsDown?: 'accept' | 'refuse';
}

/** Sends messages; the token's kind decides which verb compiles. */
export abstract class Producer {
  abstract send<M extends object>(event: EventToken<M, 'plain' | 'ordered'>, message: Fields<M>): Promise<SendReceipt>;
  abstract sendLater<M extends object>(
    event: EventToken<M, 'delayed'>,
    message: Fields<M>,
    when: { readonly afterMs: number } | { readonly at: Date },
  ): Promise<SendReceipt>;
  abstract sendInTransaction<M extends object, R>(
    event: EventToken<M, 'transactional'>,
    message: Fields<M>,
    work: (tx: LocalTransaction) => Promise<R>,
    options?: SendInTransactionOptions,
  ): Promise<R>;
}

/** Local transactions outside of a request and of a handler: jobs. What is published in it is sent after the commit. */
export abstract class LocalTransactions {
  abstract run<R>(work: (tx: LocalTransaction) => Promise<R>): Promise<R>;
}
