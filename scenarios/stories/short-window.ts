import type { Order, OrderLine } from '../support/resources.js';
import type { Environment } from '../support/service.js';
import type { System } from '../support/system.js';
import { until } from '../support/until.js';

/** Two seconds to pay: short enough to wait for. Shared, so that one restart serves both scenarios. */
export const shortWindow: Environment = { PAYMENT_WINDOW_MS: '2000' };

const attempts = 5;

/**
 * An order that is reserved before its window closes. On a busy machine right after a restart it may be the other way round,
 * which is correct too and another story: then its stock is back and the next one is placed.
 */
export async function reservedInTime({ shop }: System, lines: readonly OrderLine[]): Promise<Order> {
  for (let attempt = 1; ; attempt++) {
    const { orderId } = await shop.place({ lines });
    const look = async () => (await shop.order(orderId)).body;
    const seen = await until(`order ${orderId} is settled`, look, (order) => order?.status !== 'PENDING');
    if (seen?.status === 'AWAITING_PAYMENT' || attempt === attempts)
      return shop.untilOrder(orderId, 'AWAITING_PAYMENT');
    await shop.untilReservation(orderId, 'RELEASED');
  }
}
