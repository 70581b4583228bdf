import { open, read } from '../envelope.js';
import { teller, type Tell, type WriteStep } from '../journal/step.js';
import { ConfigurationError } from '../mq.errors.js';
import type { MqMetrics } from '../mq.metrics.js';
import type { IncomingMessage, Log, Verdict } from '../rocketmq/wire.js';
import type { Topic } from '../topic.js';
import type { BoundCheckBack } from './bound-check-back.js';

/**
 * Answers the check-backs of one transactional topic with the application's methods. Whatever goes wrong is `unknown`, never
 * `rollback`: a message that this version cannot read may be a newer one's, running beside us, and an exception says nothing
 * about how the work ended. How many are asked at a time, and for how long, is bounded by the client (check-back.ts).
 */
export class CheckBackAnswers {
  readonly #tell: Tell;
  #checkBacks: readonly BoundCheckBack[] = [];

  constructor(
    private readonly topic: Topic,
    private readonly metrics: MqMetrics,
    private readonly log: Log,
    journal?: WriteStep,
  ) {
    this.#tell = teller(log, journal);
  }

  /** Known when all providers are there, which is before the client starts. */
  bind(checkBacks: readonly BoundCheckBack[]): void {
    this.#checkBacks = checkBacks.filter(({ event }) => event.topic === this.topic);
  }

  /** Never throws. */
  async answer(half: IncomingMessage): Promise<Verdict> {
    const { topic, messageId } = half;
    const attempt = Number(half.properties['TRANSACTION_CHECK_TIMES'] ?? half.attempt);
    const { id: eventId, type, subject: key = messageId } = half.properties;
    const about = { eventId, key, topic, messageId, attempt, ...(type === undefined ? {} : { type }) };
    this.#tell('check-back asked', about);
    let verdict: Verdict = 'unknown';
    try {
      verdict = await this.#ask(half, attempt);
    } catch (error) {
      this.log.warn({ topic, messageId, attempt, err: error }, 'check-back failed, left unknown');
    }
    this.metrics.checkBacks.inc({ verdict });
    this.#tell('check-back answered', { ...about, verdict });
    return verdict;
  }

  async #ask(half: IncomingMessage, attempt: number): Promise<Verdict> {
    const opened = open(this.topic, half);
    const { id: eventId, subject: key, time, type } = opened.envelope.attributes;
    const bound = this.#checkBacks.find(({ event }) => event === opened.event);
    if (!bound) {
      // The registry refuses to boot without one; only a publisher that was started without it gets here.
      throw new ConfigurationError('MQ_EVENT_WITHOUT_CHECK_BACK', `Nothing answers for "${type}". Add @CheckBack.`);
    }
    const { messageId } = half;
    const asked = { eventId, key, messageId, topic: this.topic.name, attempt, time: new Date(time) };
    const answer = await bound.ask(read(opened), asked);
    if (answer === 'commit' || answer === 'rollback' || answer === 'unknown') return answer;
    throw new TypeError(`${bound.checkBack} answered ${String(answer)}. Return 'commit', 'rollback' or 'unknown'.`);
  }
}
