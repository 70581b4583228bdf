import { teller, type Tell, type WriteStep } from '../journal/step.js';
import { BrokerUnavailableError } from '../mq.errors.js';
import type { Log, OutgoingMessage, SendReceipt } from '../rocketmq/wire.js';
import type { ConsumingMetrics } from './consuming-metrics.js';
import { backOff, describe } from './failure.js';

/** Sends one message and waits for the broker to have it; messages of one group keep their order. */
export type Send = (message: OutgoingMessage) => Promise<SendReceipt>;

export interface AnswersOptions {
  readonly group: string;
  readonly send: Send;
  readonly metrics: ConsumingMetrics;
  readonly log: Log;
  readonly journal?: WriteStep;
}

/** Sends the replies of one event, in their order. */
export class Answers {
  readonly #tell: Tell;

  constructor(private readonly options: AnswersOptions) {
    this.#tell = teller(options.log, options.journal);
  }

  /** @throws BrokerUnavailableError, or whatever the broker refused. */
  async send(replies: readonly OutgoingMessage[]): Promise<void> {
    for (const reply of replies) await this.#send(reply);
  }

  /**
   * As `send`, but an unreachable broker is tried again for as long as `alive` says that our hold on the inbound message
   * lasts: giving up earlier would only mean to handle it again.
   * @returns false when the hold ended first: the inbound message comes again, and with it the same replies.
   * @throws whatever the broker refused definitely.
   */
  async sendWhile(alive: () => boolean, replies: readonly OutgoingMessage[]): Promise<boolean> {
    const { group } = this.options;
    for (const reply of replies) {
      for (let attempt = 1; ; attempt++) {
        if (!alive()) return false;
        try {
          await this.#send(reply);
          break;
        } catch (error) {
          if (!(error instanceof BrokerUnavailableError)) throw error;
          const pauseMs = backOff(attempt, 100, 2_000);
          const { id: eventId, type, subject: key } = reply.properties;
          this.#tell('reply not sent', { group, eventId, type, key, attempt, pauseMs, reason: describe(error) });
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      }
    }
    return true;
  }

  async #send(reply: OutgoingMessage): Promise<void> {
    const { group, send, metrics } = this.options;
    const { id: eventId, type = '', subject: key, causationid: causationId } = reply.properties;
    const { messageId } = await send(reply);
    metrics.repliesSent.inc({ group, type });
    this.#tell('reply sent', { group, eventId, causationId, type, key, topic: reply.topic, messageId });
  }
}
