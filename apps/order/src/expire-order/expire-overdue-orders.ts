import { orderEvents } from '@halfway/contracts';
import { Journal, LocalTransactions } from '@halfway/mq';
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ExpiryRepository } from '../persistence/expiry.repository.js';
import { RepeatingJob } from '../repeating-job.js';
import { LOGGER, type Logger, REACHED, type Reached } from '../tokens.js';

/** The alarm is due one second after the window and comes within another: whatever is still open after this was forgotten. */
const GRACE_MS = 3_000;
const BATCH = 50;

/**
 * Ends what the alarms have missed: the broker was down or lost its timers, or the order was not committed yet when its alarm
 * came. Runs in every instance; they skip each other's rows.
 */
@Injectable()
export class ExpireOverdueOrders implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly job: RepeatingJob;

  constructor(
    private readonly expiry: ExpiryRepository,
    private readonly transactions: LocalTransactions,
    private readonly journal: Journal,
    @Inject(LOGGER) logger: Logger,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {
    this.job = new RepeatingJob({ name: 'expire-overdue-orders', everyMs: 1_000, work: () => this.execute() }, logger);
  }

  onApplicationBootstrap(): void {
    this.job.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.job.stop();
  }

  /** @returns true when more may be overdue. */
  async execute(): Promise<boolean> {
    const expired = await this.transactions.run(async (tx) => {
      const orderIds = await this.expiry.expireOverdue(GRACE_MS, BATCH, tx);
      if (this.reached && orderIds.length) await this.reached('overdue.after-update');
      for (const orderId of orderIds) {
        await tx.publish(orderEvents.cancelled, { orderId, reason: 'PAYMENT_TIMEOUT' });
      }
      return orderIds;
    });
    for (const orderId of expired) this.journal.tell('order expired', { key: orderId, detail: 'found by the sweeper' });
    return expired.length === BATCH;
  }
}
