import { stockReturns } from '@halfway/contracts';
import { BrokerUnavailableError, LocalTransactions, Producer } from '@halfway/mq';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ReturnIntentRepository } from '../../persistence/return-intent.repository.js';
import { RepeatingJob } from '../../repeating-job.js';
import { LOGGER, type Logger } from '../../tokens.js';
import { RETURN_TIMINGS, type ReturnTimings } from './return-timings.js';

const BATCH = 50;
const SOON_MS = 1_000;

/**
 * Has stock returned that no half message brings back: the broker never had it, lost it or stopped asking, or the return or its
 * answer got lost on the way.
 *
 *   OPEN and due ──▶ decision unknown    looked at again soon, and not counted: only its age is missing
 *               ├──▶ ABORTED             the return is sent, again until stock.returned has closed the intent
 *               └──▶ COMMITTED           the order stands: closed with it, so nothing is due any more
 *
 * Runs in every instance; a claim keeps them apart, and a return that is sent twice returns once.
 */
@Injectable()
export class SweepReturns implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly job: RepeatingJob;

  constructor(
    private readonly intents: ReturnIntentRepository,
    private readonly transactions: LocalTransactions,
    private readonly producer: Producer,
    @Inject(RETURN_TIMINGS) private readonly timings: ReturnTimings,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.job = new RepeatingJob({ name: 'sweep-returns', everyMs: 1_000, work: () => this.execute() }, logger);
  }

  onApplicationBootstrap(): void {
    this.job.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.job.stop();
  }

  /** @returns true when more may be due. */
  async execute(): Promise<boolean> {
    const { resendAfterMs, resendAtMostMs } = this.timings;
    const due = await this.intents.claimDue(BATCH, resendAfterMs, resendAtMostMs);
    const undecided: string[] = [];
    for (const [index, orderId] of due.entries()) {
      const decision = await this.transactions.decisionOf(orderId, 'sweeper');
      if (decision === 'unknown') undecided.push(orderId);
      if (decision !== 'ABORTED' || (await this.sendReturn(orderId))) continue;
      // The rest would fare no better. Soon again, and not counted: an outage must not push them past its own end.
      await this.intents.unclaim([...undecided, ...due.slice(index)], SOON_MS);
      return false;
    }
    if (undecided.length > 0) await this.intents.unclaim(undecided, SOON_MS);
    return due.length === BATCH;
  }

  /** @returns false when the broker is away. */
  private async sendReturn(orderId: string): Promise<boolean> {
    try {
      const half = await this.producer.sendHalf(stockReturns.due, { orderId });
      const verdict = await half.commit();
      this.logger.debug({ orderId, verdict }, 'stock asked back');
      return true;
    } catch (err) {
      if (!(err instanceof BrokerUnavailableError)) throw err;
      this.logger.debug({ orderId, err }, 'broker away, stock asked back later');
      return false;
    }
  }
}
