import type { MessageView, TransactionChecker } from 'rocketmq-client-nodejs';
import type { TransactionResolution as Resolution } from 'rocketmq-client-nodejs/proto/apache/rocketmq/v2/definition_pb.js';
import { TransactionResolution } from './generated.js';
import { toIncoming } from './message-mapping.js';
import { Semaphore } from './semaphore.js';
import { within } from './within.js';
import type { CheckBack, Log } from './wire.js';

/**
 * Answers the broker's check-backs. The client asks without limit and time-out (188 at once drained a pool), and a slow answer
 * makes the broker store the half message again and again. So: a few at a time, each bounded **including its wait**, and
 * anything odd, thrown or late is "unknown" – the broker asks again.
 */
export class BoundedChecker implements TransactionChecker {
  readonly #answer: CheckBack['answer'];
  readonly #timeoutMs: number;
  readonly #gate: Semaphore;
  readonly #log: Log;

  constructor({ answer, concurrency = 4, timeoutMs = 3_000 }: CheckBack, log: Log) {
    this.#answer = answer;
    this.#timeoutMs = timeoutMs;
    this.#gate = new Semaphore(concurrency);
    this.#log = log;
  }

  async check(view: MessageView): Promise<Resolution> {
    const { topic, messageId } = view;
    const deadline = Date.now() + this.#timeoutMs;
    const release = await this.#gate.acquire(this.#timeoutMs);
    // A turn that comes at the very end is not used: its answer would be late, and only keep the next one waiting.
    if (!release || deadline - Date.now() < this.#timeoutMs / 10) {
      release?.();
      this.#log.warn({ topic, messageId, waiting: this.#gate.waiting }, 'check-back waited too long, left unknown');
      return UNKNOWN;
    }
    try {
      // A function that throws before it returns a promise is no different from one that rejects.
      const answer = Promise.resolve(toIncoming(view)).then((message) => this.#answer(message));
      return toResolution(await within(Math.max(1, deadline - Date.now()), 'the check-back', answer));
    } catch (error) {
      this.#log.warn({ topic, messageId, err: error }, 'check-back failed, left unknown');
      return UNKNOWN;
    } finally {
      release();
    }
  }
}

const UNKNOWN = TransactionResolution.TRANSACTION_RESOLUTION_UNSPECIFIED;

function toResolution(verdict: unknown): Resolution {
  if (verdict === 'commit') return TransactionResolution.COMMIT;
  if (verdict === 'rollback') return TransactionResolution.ROLLBACK;
  return UNKNOWN;
}
