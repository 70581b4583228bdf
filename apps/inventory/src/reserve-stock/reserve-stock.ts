import type { LocalTransaction } from '@halfway/mq';
import { Inject, Injectable } from '@nestjs/common';
import { stepOf } from '../domain/reservation.js';
import { type OrderToReserve, reserve } from '../domain/stock.js';
import { type Recorded, ReservationRepository } from '../persistence/reservation.repository.js';
import { REACHED, type Reached } from '../tokens.js';

export type ReserveAnswer = (
  | { readonly answer: 'reserved' }
  | { readonly answer: 'released' }
  | { readonly answer: 'refused'; readonly reason: string }
) & {
  /** It was decided before; nothing has changed now. */
  readonly repeated: boolean;
};

/**
 * Reserves all lines of an order or none. Several orders share one transaction and one lock per sku: a row lock is held
 * over the flush to disk, so one by one a hot sku would reserve one order per flush.
 */
@Injectable()
export class ReserveStock {
  constructor(
    private readonly reservations: ReservationRepository,
    @Inject(REACHED) private readonly reached?: Reached,
  ) {}

  async execute(orders: readonly OrderToReserve[], tx: LocalTransaction): Promise<readonly ReserveAnswer[]> {
    const { recorded, available } = await this.reservations.claim(orders, tx);
    if (this.reached) await this.reached('reserve.after-reservation-rows');
    const undecided = orders.filter(({ orderId }) => !recorded.has(orderId));
    const decisions = reserve(undecided, available);
    await this.reservations.record(decisions, tx);
    const standing = new Map([
      ...recorded,
      ...decisions.map(({ orderId, refusal }): [string, Recorded] => [
        orderId,
        { orderId, state: refusal === null ? 'RESERVED' : 'REFUSED', reason: refusal },
      ]),
    ]);
    return orders.map(({ orderId }) => answerOf(standing.get(orderId), recorded.has(orderId)));
  }
}

/** From what is recorded, also the first time: so a redelivery cannot answer anything else. */
function answerOf(recorded: Recorded | undefined, repeated: boolean): ReserveAnswer {
  const step = stepOf('placed', recorded?.state);
  if (step.kind !== 'repeat' || step.answer === 'sold') {
    throw new Error('An order has no decision after it was decided. This is a bug of reserve-stock.');
  }
  return step.answer === 'refused'
    ? { answer: 'refused', reason: recorded?.reason ?? '', repeated }
    : { answer: step.answer, repeated };
}
