import { orderTimeouts } from '@halfway/contracts';
import { Journal, Producer } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { wakeAfterMs } from '../domain/payment-window.js';
import { REACHED, type Reached } from '../tokens.js';

/** A local transaction holds a connection while it waits for its timer, so it does not wait for long. */
const WAIT_MS = 100;

/**
 * The delayed message that ends an unpaid order. It is sent before the order is written: an alarm for an order that never came
 * to be does nothing, an order without one has to wait for the sweeper.
 *
 *   answering ──a send fails──▶ silent ──a send succeeds──▶ answering
 *
 * While the broker is silent nobody waits for it: the order is taken without an alarm, and the sweeper ends it.
 */
@Injectable()
export class PaymentTimer {
  private answering = true;

  constructor(
    private readonly producer: Producer,
    private readonly journal: Journal,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  /** Starts at once, in parallel with whatever the caller does next. @returns a wait that ends soon and never fails. */
  arm(orderId: string, windowMs: number): Promise<void> {
    const sent = this.send(orderId, windowMs);
    return this.answering ? within(WAIT_MS, sent) : Promise.resolve();
  }

  private async send(orderId: string, windowMs: number): Promise<void> {
    try {
      if (this.reached) await this.reached('timer.before-send');
      await this.producer.sendLater(orderTimeouts.expiring, { orderId }, { afterMs: wakeAfterMs(windowMs) });
      if (this.reached) await this.reached('timer.after-send');
      this.answering = true;
    } catch (err) {
      this.answering = false;
      this.journal.tell('timer not armed, the sweeper ends the order', { key: orderId, err });
    }
  }
}

async function within(ms: number, settling: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([settling, limit]);
  clearTimeout(timer);
}
