import { pick, type Random } from '../support/random.js';
import type { FinalOrder } from './final-orders.js';
import type { Told } from './honest-world.fixture-spec.js';
import { isBefore, type Operation } from './operation.js';

type Harm = (told: Told, random: Random) => Told | undefined;

const someOf = <T>(random: Random, items: readonly T[]): T | undefined =>
  items.length ? pick(random, items) : undefined;

const withOperation = (
  told: Told,
  from: Operation | undefined,
  to: (operation: Operation) => Operation,
): Told | undefined =>
  from && { ...told, operations: told.operations.map((operation) => (operation === from ? to(from) : operation)) };

const withFinal = (
  told: Told,
  from: FinalOrder | undefined,
  to: (order: FinalOrder) => readonly FinalOrder[],
): Told | undefined => from && { ...told, final: told.final.flatMap((order) => (order === from ? to(from) : [order])) };

const acknowledged = ({ operations }: Told): readonly Operation[] =>
  operations.filter(({ kind, outcome }) => kind === 'place' && outcome === 'ok');
const looks = ({ operations }: Told): readonly Operation[] =>
  operations.filter(({ kind, seen }) => kind === 'read' && seen?.order);
const refuse = ({ seen: _seen, ...operation }: Operation): Operation => ({
  ...operation,
  outcome: 'failed',
  status: 409,
});

/** Each makes a lie of an honest history, or does nothing where it finds no place for it. */
export const harms: Readonly<Record<string, Harm>> = {
  'an acknowledged order is lost': (told, random) => {
    const lost = someOf(random, acknowledged(told))?.orderId;
    return withFinal(
      told,
      told.final.find(({ orderId }) => orderId === lost),
      () => [],
    );
  },
  'an acknowledged order is not found': (told, random) => {
    const missed = looks(told).filter((look) =>
      acknowledged(told).some((ack) => ack.orderId === look.orderId && isBefore(ack, look)),
    );
    return withOperation(told, someOf(random, missed), (look) => ({ ...refuse(look), status: 404 }));
  },
  'a key gets another order': (told, random) =>
    withFinal(
      told,
      someOf(
        random,
        told.final.filter(({ orderId }) => acknowledged(told).some((ack) => ack.orderId === orderId)),
      ),
      (order) => [
        { ...order, orderId: 'another' },
        { ...order, key: 'another' },
      ],
    ),
  'a repetition is worked on again': (told, random) =>
    withOperation(
      told,
      someOf(
        random,
        acknowledged(told).filter(
          ({ key, seen }) =>
            seen?.replayed && acknowledged(told).some((other) => other.key === key && !other.seen?.replayed),
        ),
      ),
      (replay) => ({
        ...replay,
        seen: { payments: [], ...replay.seen, replayed: false },
      }),
    ),
  'a look goes back': (told, random) => {
    const pairs = looks(told).flatMap((later) =>
      looks(told)
        .filter((first) => first.orderId === later.orderId && isBefore(first, later))
        .map((first) => ({ first, later })),
    );
    const pair = someOf(random, pairs);
    const version = (pair?.first.seen?.order?.version ?? 0) - 1;
    return withOperation(told, pair?.later, (look) => ({
      ...look,
      seen: { payments: [], replayed: false, ...look.seen, order: { status: 'PENDING', cancelReason: null, version } },
    }));
  },
  'a version is counted for nothing': (told, random) =>
    withFinal(told, someOf(random, told.final), (order) => [{ ...order, version: order.version + 2 }]),
  'a cancelled order is paid in the end': (told, random) =>
    withFinal(
      told,
      someOf(
        random,
        told.final.filter(
          (order) =>
            order.status === 'CANCELLED' &&
            told.operations.some(
              ({ kind, orderId, seen }) =>
                kind !== 'pay' && orderId === order.orderId && seen?.order?.status === 'CANCELLED',
            ),
        ),
      ),
      (order) => [{ ...order, status: 'PAID', cancelReason: null }],
    ),
  'a captured payment goes back': (told, random) =>
    withFinal(
      told,
      someOf(
        random,
        told.final.filter(({ status }) => status === 'PAID'),
      ),
      (order) => [{ ...order, payments: order.payments.map((payment) => ({ ...payment, state: 'REFUNDED' })) }],
    ),
  'a recorded payment vanishes': (told, random) => {
    const recorded = told.operations.filter(({ kind, outcome }) => kind === 'pay' && outcome === 'ok');
    const gone = someOf(random, recorded);
    return withFinal(
      told,
      told.final.find(({ orderId }) => orderId === gone?.orderId),
      (order) => [{ ...order, payments: order.payments.filter(({ paymentId }) => paymentId !== gone?.paymentId) }],
    );
  },
  'a refused payment is recorded': (told, random) => {
    const paid = someOf(
      random,
      told.final.flatMap(({ payments }) => payments),
    )?.paymentId;
    return paid === undefined
      ? undefined
      : {
          ...told,
          operations: told.operations.map((operation) =>
            operation.paymentId === paid ? refuse(operation) : operation,
          ),
        };
  },
  'a refused cancellation happens': (told, random) => {
    const victim = someOf(
      random,
      told.final.filter(({ cancelReason }) => cancelReason === 'CUSTOMER'),
    )?.orderId;
    return victim === undefined
      ? undefined
      : {
          ...told,
          operations: told.operations.map((operation) =>
            operation.kind === 'cancel' && operation.orderId === victim ? refuse(operation) : operation,
          ),
        };
  },
  'a refused order is made': (told, random) => {
    const victim = someOf(random, told.final)?.key;
    return victim
      ? {
          ...told,
          operations: told.operations.map((operation) =>
            operation.kind === 'place' && operation.key === victim
              ? { ...refuse(operation), orderId: undefined }
              : operation,
          ),
        }
      : undefined;
  },
};
