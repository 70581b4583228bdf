/**
 * What may happen to the stock of one order: every pair of state and event, none left out. Events may come twice, late
 * and in any order, so each cell must be safe to run again: either it changes the state, or it repeats an answer.
 */
export const reservationStates = ['RESERVED', 'REFUSED', 'SOLD', 'RELEASED'] as const;
export type ReservationState = (typeof reservationStates)[number];

/** `placed`: reserve · `paid`: sell · `cancelled`: give back. */
export const orderEventNames = ['placed', 'paid', 'cancelled'] as const;
export type OrderEventName = (typeof orderEventNames)[number];

export type Answer = 'reserved' | 'refused' | 'sold' | 'released';

export type Step =
  /** Reserve all lines or none; the decision is recorded and stays. */
  | { readonly kind: 'decide' }
  /** Nothing was ever reserved, and from now on nothing can be: a late `placed` finds this state. */
  | { readonly kind: 'tombstone'; readonly to: 'RELEASED'; readonly answer: 'released' }
  /** Stock moves, exactly once: the state it starts from is gone afterwards. */
  | { readonly kind: 'move'; readonly to: 'SOLD' | 'RELEASED'; readonly answer: 'sold' | 'released' }
  /** Already decided: the same answer again. */
  | { readonly kind: 'repeat'; readonly answer: Answer }
  /** No order service sends this: a person must look. */
  | { readonly kind: 'impossible' };

const repeat = (answer: Answer): Step => ({ kind: 'repeat', answer });
const impossible: Step = { kind: 'impossible' };

export const reservationSteps: Readonly<Record<OrderEventName, Readonly<Record<ReservationState | 'NONE', Step>>>> = {
  placed: {
    NONE: { kind: 'decide' },
    RESERVED: repeat('reserved'),
    REFUSED: repeat('refused'),
    SOLD: repeat('reserved'),
    RELEASED: repeat('released'),
  },
  paid: {
    NONE: impossible,
    RESERVED: { kind: 'move', to: 'SOLD', answer: 'sold' },
    REFUSED: impossible,
    SOLD: repeat('sold'),
    RELEASED: impossible,
  },
  cancelled: {
    NONE: { kind: 'tombstone', to: 'RELEASED', answer: 'released' },
    RESERVED: { kind: 'move', to: 'RELEASED', answer: 'released' },
    REFUSED: repeat('released'),
    SOLD: impossible,
    RELEASED: repeat('released'),
  },
};

export function stepOf(event: OrderEventName, state: ReservationState | undefined): Step {
  return reservationSteps[event][state ?? 'NONE'];
}
