import { type LocalTransaction, UnprocessableMessageError } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { stepOf } from '../domain/reservation.js';
import { ReservationRepository } from '../persistence/reservation.repository.js';
import { REACHED, type Reached } from '../tokens.js';

/**
 * Gives reserved stock back, once. A cancellation may overtake its order: then it leaves a tombstone, which the order
 * finds when it comes. Without it the stock would be reserved for ever.
 */
@Injectable()
export class ReleaseStock {
  constructor(
    private readonly reservations: ReservationRepository,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  /** @throws UnprocessableMessageError when an order's stock is sold: a paid order is final. */
  async execute(orderIds: readonly string[], tx: LocalTransaction): Promise<void> {
    const recorded = await this.reservations.lockOrBury(orderIds, tx);
    if (this.reached) await this.reached('release.after-tombstone');
    const moving = orderIds.filter((orderId) => {
      const state = recorded.get(orderId)?.state;
      const step = stepOf('cancelled', state);
      if (step.kind === 'impossible') {
        throw new UnprocessableMessageError(`Order ${orderId} is cancelled, but its reservation is ${state}.`);
      }
      return step.kind === 'move';
    });
    await this.reservations.release(moving, tx);
  }
}
