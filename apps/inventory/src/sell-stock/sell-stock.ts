import { type LocalTransaction, UnprocessableMessageError } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { stepOf } from '../domain/reservation.js';
import { ReservationRepository } from '../persistence/reservation.repository.js';
import { REACHED, type Reached } from '../tokens.js';

/** Turns reservations into sales, each once. */
@Injectable()
export class SellStock {
  constructor(
    private readonly reservations: ReservationRepository,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  /** @throws UnprocessableMessageError when an order has nothing reserved: nobody can pay before a reservation stands. */
  async execute(orderIds: readonly string[], tx: LocalTransaction): Promise<void> {
    const recorded = await this.reservations.lock(orderIds, tx);
    if (this.reached) await this.reached('sell.after-lock');
    const moving = orderIds.filter((orderId) => {
      const state = recorded.get(orderId)?.state;
      const step = stepOf('paid', state);
      if (step.kind === 'impossible') {
        throw new UnprocessableMessageError(`Order ${orderId} is paid, but its reservation is ${state ?? 'missing'}.`);
      }
      return step.kind === 'move';
    });
    await this.reservations.sell(moving, tx);
  }
}
