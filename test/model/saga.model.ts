/**
 * The saga: orders on one side, reservations of one sku on the other, and messages between them that may be lost, repeated
 * and overtake each other.
 *
 * Modelled: per order its status, payment, the rows of its events in the transaction log, its reservation, and the set of
 * its messages under way; the stock of one sku that all orders want one piece of. Each step is one local transaction.
 * A message under way may be handled and stay (a duplicate), be handled and go, or be lost; any of them may come next, so
 * nothing here relies on FIFO.
 *
 * Faults: loss and repetition of each message · the inventory dies after its commit, before reply and ack · with `records`
 * off, the order service dies between its commit and the send. Choices of the customer: to order, to pay, to pay too late.
 * Cancellation by the customer and by timeout is one step: both are the same conditional UPDATE.
 *
 * Left out: how an event gets from the log into a message (publish.model.ts, delivery.model.ts); timers and the races inside
 * of an UPDATE (expiry.model.ts); several lines per order (all or nothing inside one local transaction); more than one copy of
 * the same message, which is covered by "handled and stays".
 */
import { choice, codes, fault, system, type Model, type Step } from './check.js';

type Command = 'order.placed' | 'order.paid' | 'order.cancelled';
/** A reply belongs to the event that caused it, so there are two kinds of "released". */
type Answer = 'reserved' | 'refused' | 'released, placed too late' | 'sold' | 'released';
type Message = Command | Answer;

/** A row in the transaction log. `sent`, only without sweeper: nobody will send it again. */
type Row = 'none' | 'due' | 'sent' | 'acknowledged';

export interface OrderState {
  readonly status: 'none' | 'PENDING' | 'AWAITING_PAYMENT' | 'PAID' | 'CANCELLED' | 'REJECTED';
  readonly payment: 'none' | 'CAPTURED' | 'REFUND_DUE' | 'REFUNDED';
  readonly log: Readonly<Record<Command, Row>>;
  readonly reservation: 'none' | 'RESERVED' | 'REFUSED' | 'SOLD' | 'RELEASED';
  /** Set of messages, one bit each: copying a number two million times is cheap. */
  readonly underWay: number;
}

export interface SagaState {
  readonly orders: readonly OrderState[];
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}

export interface SagaProtocol {
  /** Sends each event again until its reply was applied; without it, each is sent once. */
  readonly sweeper: boolean;
  /** Events are recorded with the change that they tell of; otherwise they are sent after it, unless the process dies. */
  readonly records: boolean;
  /** A cancel of an unknown order forbids its later reservation. */
  readonly tombstone: boolean;
  readonly replies: 'always' | 'not to duplicates' | 'never';
  readonly remembersRefusals: boolean;
  readonly looksAtStock: boolean;
  /** Gives back only what is RESERVED. */
  readonly releasesOnlyReserved: boolean;
  /** Replies change an order only while it is PENDING. */
  readonly settlesOnlyPending: boolean;
  readonly paysOnlyReserved: boolean;
  /** A cancelled order withdraws its unacknowledged order.placed. Ours does not: an order keeps its row. */
  readonly withdrawsPlaced: boolean;
}

export const chosen: SagaProtocol = {
  sweeper: true,
  records: true,
  tombstone: true,
  replies: 'always',
  remembersRefusals: true,
  looksAtStock: true,
  releasesOnlyReserved: true,
  settlesOnlyPending: true,
  paysOnlyReserved: true,
  withdrawsPlaced: false,
};

export function saga(protocol: SagaProtocol = chosen, { orders = 1, stock = 1 } = {}): Model<SagaState> {
  const one: OrderState = {
    status: 'none',
    payment: 'none',
    log: { 'order.placed': 'none', 'order.paid': 'none', 'order.cancelled': 'none' },
    reservation: 'none',
    underWay: 0,
  };
  const count = (s: SagaState, reservation: OrderState['reservation']) =>
    s.orders.reduce((n, o) => n + Number(o.reservation === reservation), 0);
  return {
    initial: { orders: Array.from({ length: orders }, () => one), available: stock, reserved: 0, sold: 0 },
    *steps(s) {
      for (let i = 0; i < s.orders.length; i++) {
        yield* orderService(s, i, protocol);
        yield* network(s, i);
        yield* inventory(s, i, protocol);
      }
    },
    key,
    promises: {
      'nothing is oversold': (s) => s.available >= 0,
      'no stock appears or vanishes': (s) => s.available + s.reserved + s.sold === stock,
      'reserved stock is the sum of its reservations': (s) => count(s, 'RESERVED') === s.reserved,
      'sold stock is the sum of its sales': (s) => count(s, 'SOLD') === s.sold,
      'a paid order holds its stock': each((o) => o.status !== 'PAID' || holds(o)),
      'only a paid order is sold': each((o) => o.reservation !== 'SOLD' || o.status === 'PAID'),
      'captured money belongs to a paid order': each((o) => o.payment !== 'CAPTURED' || o.status === 'PAID'),
      'a rejected order holds nothing': each((o) => o.status !== 'REJECTED' || !holds(o)),
      'what the services call impossible never arrives': each(possible),
      'an order is never both paid and cancelled': each(
        (o) => o.log['order.paid'] === 'none' || o.log['order.cancelled'] === 'none',
      ),
    },
    good: each((o) => acknowledged(o) && settled(o) && o.payment !== 'REFUND_DUE'),
  };
}

const each = (test: (order: OrderState) => boolean) => (s: SagaState) => s.orders.every(test);
const holds = (o: OrderState) => o.reservation === 'RESERVED' || o.reservation === 'SOLD';
const acknowledged = ({ log }: OrderState) =>
  COMMANDS.every((command) => log[command] === 'none' || log[command] === 'acknowledged');

/**
 * Both services quarantine what "cannot" arrive: see the table in apps/order/src/domain/order-status.ts and the one of the
 * inventory. That is right only if no order of events leads there.
 */
function possible(o: OrderState): boolean {
  if (o.underWay === 0) return true;
  const { status, reservation } = o;
  return (
    (!has(o, 'order.paid') || reservation === 'RESERVED' || reservation === 'SOLD') &&
    (!has(o, 'order.cancelled') || reservation !== 'SOLD') &&
    (!has(o, 'reserved') || status !== 'REJECTED') &&
    (!has(o, 'refused') || (status !== 'AWAITING_PAYMENT' && status !== 'PAID')) &&
    (!has(o, 'sold') || status === 'PAID') &&
    (!(has(o, 'released') || has(o, 'released, placed too late')) || status === 'CANCELLED')
  );
}

function settled(o: OrderState): boolean {
  switch (o.status) {
    case 'none':
      return o.reservation === 'none';
    case 'PAID':
      return o.reservation === 'SOLD';
    case 'REJECTED':
      return o.reservation === 'REFUSED';
    case 'CANCELLED':
      return o.reservation === 'RELEASED' || o.reservation === 'REFUSED';
    default:
      return false;
  }
}

function* orderService(s: SagaState, i: number, protocol: SagaProtocol): Generator<Step<SagaState>> {
  const o = orderOf(s, i);
  if (o.status === 'none') yield* says(s, i, 'order.placed', { ...o, status: 'PENDING' }, protocol, choice);
  if (o.payment === 'none') {
    if (o.status === 'AWAITING_PAYMENT' || (o.status === 'PENDING' && !protocol.paysOnlyReserved)) {
      yield* says(s, i, 'order.paid', { ...o, status: 'PAID', payment: 'CAPTURED' }, protocol, choice);
    }
    if (o.status === 'CANCELLED' || o.status === 'REJECTED') {
      yield choice(`order ${i} is paid too late`, withOrder(s, i, { ...o, payment: 'REFUND_DUE' }));
    }
  }
  if (o.payment === 'REFUND_DUE')
    yield system(`order ${i} is refunded`, withOrder(s, i, { ...o, payment: 'REFUNDED' }));
  if (o.status === 'PENDING' || o.status === 'AWAITING_PAYMENT') {
    const log = protocol.withdrawsPlaced ? { ...o.log, 'order.placed': 'none' as const } : o.log;
    yield* says(s, i, 'order.cancelled', { ...o, log, status: 'CANCELLED' }, protocol, system);
  }
  for (const command of COMMANDS) {
    if (o.log[command] !== 'due' || has(o, command)) continue;
    const sent = protocol.sweeper ? o : { ...o, log: { ...o.log, [command]: 'sent' } };
    yield system(`${command} ${i} is sent`, withOrder(s, i, put(sent, command)));
  }
  for (const answer of ANSWERS) {
    if (!has(o, answer)) continue;
    const applied = apply(o, answer, protocol);
    yield system(`the order service applies ${answer} ${i}`, withOrder(s, i, take(applied, answer)));
    yield system(`the order service applies ${answer} ${i}, which will come again`, withOrder(s, i, applied));
  }
}

/** The order changes, and the event that tells of it is recorded with it, or is sent afterwards, if it ever is. */
function* says(
  s: SagaState,
  i: number,
  command: Command,
  changed: OrderState,
  { records }: SagaProtocol,
  step: typeof choice,
): Generator<Step<SagaState>> {
  const recorded = { ...changed, log: { ...changed.log, [command]: records ? 'due' : 'sent' } };
  yield step(`${command} ${i} happens`, withOrder(s, i, records ? recorded : put(recorded, command)));
  if (!records) yield fault(`${command} ${i} happens, then the order service is killed`, withOrder(s, i, recorded));
}

function apply(o: OrderState, answer: Answer, { settlesOnlyPending }: SagaProtocol): OrderState {
  const command = ANSWERED_BY[answer];
  const log = o.log[command] === 'none' ? o.log : { ...o.log, [command]: 'acknowledged' as const };
  if (settlesOnlyPending && o.status !== 'PENDING') return { ...o, log };
  if (answer === 'reserved') return { ...o, log, status: 'AWAITING_PAYMENT' };
  if (answer === 'refused') return { ...o, log, status: 'REJECTED' };
  return { ...o, log };
}

function* network(s: SagaState, i: number): Generator<Step<SagaState>> {
  const o = orderOf(s, i);
  if (o.underWay === 0) return;
  for (const message of MESSAGES)
    if (has(o, message)) yield fault(`${message} ${i} is lost`, withOrder(s, i, take(o, message)));
}

function* inventory(s: SagaState, i: number, protocol: SagaProtocol): Generator<Step<SagaState>> {
  for (const command of COMMANDS) {
    if (!has(orderOf(s, i), command)) continue;
    const handled = handle(s, i, command, protocol);
    const after = orderOf(handled, i);
    const duplicate = after.reservation === orderOf(s, i).reservation;
    const silent = protocol.replies === 'never' || (duplicate && protocol.replies === 'not to duplicates');
    const answer = silent ? undefined : ANSWERS_TO[command][after.reservation];
    const replied = answer ? put(after, answer) : after;
    yield system(`the inventory handles ${command} ${i}`, withOrder(handled, i, take(replied, command)));
    yield system(`the inventory handles ${command} ${i}, which will come again`, withOrder(handled, i, replied));
    yield fault(`the inventory handles ${command} ${i} and is killed after its commit`, handled);
  }
}

/** One local transaction of the inventory service; the table of (event, reservation) is total. */
function handle(s: SagaState, i: number, command: Command, protocol: SagaProtocol): SagaState {
  const o = orderOf(s, i);
  const becomes = (reservation: OrderState['reservation'], moved: Partial<SagaState> = {}): SagaState => ({
    ...withOrder(s, i, { ...o, reservation }),
    ...moved,
  });
  const { available, reserved, sold } = s;
  switch (command) {
    case 'order.placed':
      if (o.reservation !== 'none' && (o.reservation !== 'REFUSED' || protocol.remembersRefusals)) return s;
      if (available <= 0 && protocol.looksAtStock) return becomes('REFUSED');
      return becomes('RESERVED', { available: available - 1, reserved: reserved + 1 });
    case 'order.paid':
      return o.reservation === 'RESERVED' ? becomes('SOLD', { reserved: reserved - 1, sold: sold + 1 }) : s;
    case 'order.cancelled':
      if (o.reservation === 'RESERVED' || (o.reservation === 'REFUSED' && !protocol.releasesOnlyReserved)) {
        return becomes('RELEASED', { available: available + 1, reserved: reserved - 1 });
      }
      return o.reservation === 'none' && protocol.tombstone ? becomes('RELEASED') : s;
  }
}

/** A reply is a function of the recorded state, so it can be given again for ever. Without tombstone, "none" is released, too. */
const ANSWERS_TO: Readonly<Record<Command, Partial<Record<OrderState['reservation'], Answer>>>> = {
  'order.placed': { RESERVED: 'reserved', SOLD: 'reserved', REFUSED: 'refused', RELEASED: 'released, placed too late' },
  'order.paid': { SOLD: 'sold' },
  'order.cancelled': { RELEASED: 'released', REFUSED: 'released', none: 'released' },
};
const ANSWERED_BY: Readonly<Record<Answer, Command>> = {
  reserved: 'order.placed',
  refused: 'order.placed',
  'released, placed too late': 'order.placed',
  sold: 'order.paid',
  released: 'order.cancelled',
};

const COMMANDS = ['order.placed', 'order.paid', 'order.cancelled'] as const;
const ANSWERS = ['reserved', 'refused', 'released, placed too late', 'sold', 'released'] as const;
const MESSAGES = [...COMMANDS, ...ANSWERS] as const;
const MESSAGE = codes(...MESSAGES);

const has = (o: OrderState, message: Message) => (o.underWay & (1 << MESSAGE[message])) !== 0;
const put = (o: OrderState, message: Message): OrderState => ({ ...o, underWay: o.underWay | (1 << MESSAGE[message]) });
const take = (o: OrderState, message: Message): OrderState => ({
  ...o,
  underWay: o.underWay & ~(1 << MESSAGE[message]),
});

const withOrder = (s: SagaState, i: number, order: OrderState): SagaState => ({
  ...s,
  orders: s.orders.with(i, order),
});
// `i` counts the orders of this very state.
const orderOf = (s: SagaState, i: number): OrderState => s.orders[i] as OrderState;

const STATUS = codes('none', 'PENDING', 'AWAITING_PAYMENT', 'PAID', 'CANCELLED', 'REJECTED');
const PAYMENT = codes('none', 'CAPTURED', 'REFUND_DUE', 'REFUNDED');
const ROW = codes('none', 'due', 'sent', 'acknowledged');
const RESERVATION = codes('none', 'RESERVED', 'REFUSED', 'SOLD', 'RELEASED');

/**
 * 9 bits of stock and 21 bits per order: exact in a double up to two orders. Orders are interchangeable (same sku, same
 * quantity), so states that differ only in which order is which are one state: the smaller order counts first.
 */
function key({ orders, available, reserved, sold }: SagaState): number {
  const stock = ((available + 4) * 8 + reserved + 4) * 8 + sold;
  // There is at least one order; without a second one its digits are 0.
  const a = orderKey(orders[0] as OrderState);
  const b = orders[1] ? orderKey(orders[1]) : 0;
  return (stock * ORDER_KEYS + Math.min(a, b)) * ORDER_KEYS + Math.max(a, b);
}

const ORDER_KEYS = 6 * 4 * 5 * 64 * 256;

function orderKey({ status, payment, log, reservation, underWay }: OrderState): number {
  const rows = (ROW[log['order.placed']] * 4 + ROW[log['order.paid']]) * 4 + ROW[log['order.cancelled']];
  return (((STATUS[status] * 4 + PAYMENT[payment]) * 5 + RESERVATION[reservation]) * 64 + rows) * 256 + underWay;
}
