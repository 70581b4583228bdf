import { toOutgoing, type Envelope } from '../envelope.js';
import type { ReachedPoint } from '../mq.config.js';
import { BrokerUnavailableError, MqError } from '../mq.errors.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { WriteStep } from '../journal/step.js';
import { Connector } from '../registry/connector.js';
import { RocketProducer } from '../rocketmq/rocketmq-producer.js';
import { within } from '../rocketmq/within.js';
import type { Connection, Log } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';
import { HalfMessages } from '../transaction/half-messages.js';
import type { BoundCheckBack } from './bound-check-back.js';
import { CheckBackAnswers } from './check-back-answers.js';
import type { Half, VerdictOutcome } from './half.js';

export interface HalfTopicOptions {
  readonly topic: Topic;
  readonly source: string;
  readonly connection: Connection;
  readonly maxHalvesInFlight?: number;
  readonly metrics: MqMetrics;
  readonly log: Log;
  readonly reached?: ReachedPoint;
  readonly journal?: WriteStep;
}

/**
 * A transactional topic whose verdicts are the application's, with the same hardening as a carrier: halves without a verdict
 * are bounded, a broker that is away costs the first callers a time-out and the others nothing, lost verdicts are counted.
 *
 * It has a client of its own. When a client says goodbye, the proxy (5.5.0) takes it off the list of its first topic only; on
 * the others a ghost stays for minutes, and every other check-back would go to it.
 */
export class HalfTopic {
  readonly connector: Connector;
  readonly #broker: RocketProducer;
  readonly #halves: HalfMessages;
  readonly #answers: CheckBackAnswers;

  constructor(private readonly options: HalfTopicOptions) {
    const { topic, source, connection, maxHalvesInFlight, metrics, log, reached, journal } = options;
    const tells = journal ? { journal } : {};
    this.#answers = new CheckBackAnswers(topic, metrics, log, journal);
    this.#broker = new RocketProducer({
      connection,
      topics: [topic.name],
      log,
      checkBack: { answer: (half) => this.#answers.answer(half) },
      ...(maxHalvesInFlight === undefined ? {} : { maxHalvesInFlight }),
    });
    this.#halves = new HalfMessages({ broker: this.#broker, metrics, log, ...(reached ? { reached } : {}), ...tells });
    this.connector = new Connector(`producer of ${source} to ${topic.name}`, () => this.#broker.start(), log);
  }

  get connected(): boolean {
    return this.#broker.connected;
  }

  start(checkBacks: readonly BoundCheckBack[]): Promise<void> {
    this.#answers.bind(checkBacks);
    return this.connector.begin();
  }

  /** Waits at most `requestMs` for verdicts under way; halves without one are left to the check-back. Never rejects. */
  async stop(requestMs: number): Promise<void> {
    await this.connector.stop();
    try {
      await within(requestMs, 'verdicts', this.#halves.drain());
    } catch (error) {
      this.options.log.warn({ topic: this.options.topic.name, err: error }, 'stopped before all verdicts were sent');
    }
    await this.#broker.stop();
  }

  /** @throws BrokerUnavailableError, MessageRefusedError. If the broker has it all the same, it is rolled back or asked about. */
  async send(envelope: Envelope): Promise<Half> {
    const { topic } = this.options;
    const { id: eventId, type, subject: key } = envelope.attributes;
    const half = this.#halves.send({
      topic: topic.name,
      message: toOutgoing(topic, envelope),
      facts: { eventId, type, key },
    });
    const missing = await half.missing;
    if (missing !== undefined) {
      // It may be a probe that is still under way: its caller goes without it, so nobody else would give it a verdict.
      void half.settle('rollback');
      throw missing instanceof MqError
        ? missing
        : new BrokerUnavailableError(`the half message for "${type}"`, missing);
    }
    const messageId = (await half.messageId) ?? '';
    let ended: Promise<VerdictOutcome> | undefined;
    const settle = async (verdict: 'commit' | 'rollback'): Promise<VerdictOutcome> =>
      (await half.settle(verdict)) === 'sent' ? 'sent' : 'lost';
    return {
      eventId,
      messageId,
      commit: () => (ended ??= settle('commit')),
      rollback: () => (ended ??= settle('rollback')),
    };
  }
}
