import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { RefundRepository } from '../persistence/refund.repository.js';
import { RepeatingJob } from '../repeating-job.js';
import { LOGGER, type Logger, REACHED, type Reached } from '../tokens.js';
import { PaymentProvider } from './payment-provider.js';

/** A claim outlives a slow provider; after it, or after a failure, the refund is due again. */
const CLAIM_MS = 5_000;
const BATCH = 20;

/**
 * Sends money back: claim, ask the provider, mark. A crash between any two steps repeats from the claim, and the provider
 * knows the payment's id already: the money goes back once.
 */
@Injectable()
export class RefundPayments implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly job: RepeatingJob;

  constructor(
    private readonly refunds: RefundRepository,
    private readonly provider: PaymentProvider,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {
    this.job = new RepeatingJob({ name: 'refund-payments', everyMs: 1_000, work: () => this.execute() }, logger);
  }

  onApplicationBootstrap(): void {
    this.job.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.job.stop();
  }

  /** @returns true when more may be due. */
  async execute(): Promise<boolean> {
    const due = await this.refunds.claim(CLAIM_MS, BATCH);
    for (const refund of due) {
      const { paymentId } = refund;
      try {
        if (this.reached) await this.reached('refund.before-provider');
        await this.provider.refund(refund);
        if (this.reached) await this.reached('refund.after-provider');
        await this.refunds.markRefunded(paymentId);
        if (this.reached) await this.reached('refund.after-record');
        this.logger.info({ paymentId }, 'payment refunded');
      } catch (err) {
        this.logger.warn({ paymentId, err }, 'refund failed, it is due again');
      }
    }
    return due.length === BATCH;
  }
}
