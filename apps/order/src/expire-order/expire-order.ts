import { orderEvents, orderTimeouts } from '@halfway/contracts';
import { type LocalTransaction, Producer } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { wakeAgainAt } from '../domain/payment-window.js';
import { ExpiryRepository } from '../persistence/expiry.repository.js';
import { LOGGER, type Logger, REACHED, type Reached } from '../tokens.js';

/**
 * Ends an order whose payment window is over. The alarm only wakes us; PostgreSQL's clock decides, under the row lock, in the
 * same UPDATE that cancels.
 */
@Injectable()
export class ExpireOrder {
  constructor(
    private readonly expiry: ExpiryRepository,
    private readonly producer: Producer,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  async execute(orderId: string, tx: LocalTransaction): Promise<void> {
    if (await this.expiry.expire(orderId, tx)) {
      if (this.reached) await this.reached('expire.after-update');
      await tx.publish(orderEvents.cancelled, { orderId, reason: 'PAYMENT_TIMEOUT' });
      this.logger.debug({ orderId, by: 'timer' }, 'order expired');
      return;
    }
    const closesAt = await this.expiry.closesAt(orderId, tx);
    // Final: paid, rejected or cancelled in time. Unknown: its transaction failed, or has not committed yet (the alarm is set
    // before it); in the second case nobody wakes for it again, and the sweeper ends it.
    if (closesAt === undefined) return;
    // Fired early: set again before this alarm is acknowledged, for afterwards nobody would know of it.
    if (this.reached) await this.reached('expire.before-rearm');
    await this.producer.sendLater(orderTimeouts.expiring, { orderId }, { at: wakeAgainAt(closesAt, new Date()) });
    if (this.reached) await this.reached('expire.after-rearm');
    this.logger.debug({ orderId, closesAt }, 'alarm came early, armed again');
  }
}
