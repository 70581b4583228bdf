import fc from 'fast-check';
import {
  type Answer,
  type OrderEventName,
  orderEventNames,
  reservationStates,
  type ReservationState,
  stepOf,
} from './reservation.js';

/** One order of 3 pieces and its sku, driven by nothing but the table. */
interface World {
  readonly state?: ReservationState;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}
const PIECES = 3;

function after(world: World, event: OrderEventName): { readonly world: World; readonly answer?: Answer } {
  const step = stepOf(event, world.state);
  switch (step.kind) {
    case 'decide': {
      if (world.available < PIECES) return { world: { ...world, state: 'REFUSED' }, answer: 'refused' };
      const { available, reserved } = world;
      const moved = { ...world, available: available - PIECES, reserved: reserved + PIECES };
      return { world: { ...moved, state: 'RESERVED' }, answer: 'reserved' };
    }
    case 'tombstone':
      return { world: { ...world, state: step.to }, answer: step.answer };
    case 'move': {
      const to = step.to === 'SOLD' ? ('sold' as const) : ('available' as const);
      const moved = { ...world, reserved: world.reserved - PIECES, [to]: world[to] + PIECES };
      return { world: { ...moved, state: step.to }, answer: step.answer };
    }
    case 'repeat':
      return { world, answer: step.answer };
    case 'impossible':
      return { world };
    default:
      return step satisfies never;
  }
}
const run = (events: readonly OrderEventName[], available: number) =>
  events.reduce<World>((world, event) => after(world, event).world, { available, reserved: 0, sold: 0 });

it.each<[OrderEventName, ReservationState | 'NONE', string]>([
  ['placed', 'NONE', 'decide'],
  ['placed', 'RESERVED', 'repeat reserved'],
  ['placed', 'REFUSED', 'repeat refused'],
  ['placed', 'SOLD', 'repeat reserved'],
  ['placed', 'RELEASED', 'repeat released'],
  ['paid', 'NONE', 'impossible'],
  ['paid', 'RESERVED', 'move SOLD sold'],
  ['paid', 'REFUSED', 'impossible'],
  ['paid', 'SOLD', 'repeat sold'],
  ['paid', 'RELEASED', 'impossible'],
  ['cancelled', 'NONE', 'tombstone RELEASED released'],
  ['cancelled', 'RESERVED', 'move RELEASED released'],
  ['cancelled', 'REFUSED', 'repeat released'],
  ['cancelled', 'SOLD', 'impossible'],
  ['cancelled', 'RELEASED', 'repeat released'],
])('order.%s finds %s: %s', (event, state, expected) => {
  expect(Object.values(stepOf(event, state === 'NONE' ? undefined : state)).join(' ')).toBe(expected);
});

const anyEvents = fc.array(fc.constantFrom(...orderEventNames), { maxLength: 12 });

describe('whatever arrives, however often and in whatever order', () => {
  it('no piece appears or vanishes, and none is held but by a reservation', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat(6), (events, available) => {
        const world = run(events, available);
        expect(world.available + world.reserved + world.sold).toBe(available);
        expect(world.reserved).toBe(world.state === 'RESERVED' ? PIECES : 0);
        expect(world.sold).toBe(world.state === 'SOLD' ? PIECES : 0);
      }),
    );
  });

  it('an event that comes again changes nothing and gets the same answer', () => {
    fc.assert(
      fc.property(anyEvents, fc.constantFrom(...orderEventNames), fc.nat(6), (events, event, available) => {
        const once = after(run(events, available), event);
        const twice = after(once.world, event);
        expect(twice).toEqual(once);
      }),
    );
  });

  it('a cancelled order ends with nothing held, also when its events come in another order', () => {
    const cancelled = fc.array(fc.constantFrom('placed' as const, 'cancelled' as const), { maxLength: 8 });
    fc.assert(
      fc.property(cancelled, fc.nat(6), fc.nat(8), (events, available, place) => {
        const world = run([...events.slice(0, place), 'cancelled', ...events.slice(place)], available);
        expect(world).toMatchObject({ available, reserved: 0, sold: 0 });
        expect(['RELEASED', 'REFUSED']).toContain(world.state);
      }),
    );
  });

  const decided = reservationStates.filter((state) => state !== 'RESERVED');
  it.each(decided.flatMap((state) => orderEventNames.map((event) => ({ state, event }))))(
    'order.$event leaves $state as it is',
    ({ state, event }) => {
      const before: World = { state, available: 9, reserved: PIECES, sold: PIECES };
      expect(after(before, event).world).toEqual(before);
    },
  );
});
