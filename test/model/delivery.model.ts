/**
 * The way of one event from the sender's transaction log to its end-to-end acknowledgement: carrier, relay, FIFO topic,
 * consumer, reply, and the sweeper that sends again until the reply has been applied.
 *
 * Modelled: at most one copy of the event in the carrier and one in the FIFO topic, but each may be delivered any number of
 * times; the relay and the consumer as sequences of single actions that may die between any two of them; the consumer's
 * local transaction (record and effect); the reply; the sender's row.
 *
 * Faults: relay or consumer dies between any two actions (redelivery) · the broker loses all its data · a message is
 * delivered again after it was acknowledged.
 *
 * Left out: order between different events (saga.model.ts), parking and quarantine, more than one consumer at a time (the
 * primary key of the reservation serialises them), how the row came to be (publish.model.ts).
 */
import { codes, fault, system, type Model, type Step } from './check.js';

export interface DeliveryState {
  readonly carrier: boolean;
  readonly relay: 'idle' | 'forwarded' | 'acknowledged too early';
  readonly fifo: boolean;
  /** What the consumer has done of its list for the delivery at hand; -1: it has none. */
  readonly consumer: number;
  /** This delivery found the event recorded. */
  readonly duplicate: boolean;
  readonly recorded: boolean;
  readonly effects: 0 | 1 | 2;
  readonly reply: boolean;
  /** The reply did its work at the sender. */
  readonly applied: boolean;
  /** The sweeper leaves the row alone from now on. */
  readonly retired: boolean;
}

type Action = 'record' | 'effect' | 'record and effect' | 'reply' | 'ack';

export interface DeliveryProtocol {
  /** What the consumer does, in this order. `record and effect` are one local transaction. */
  readonly consumer: readonly Action[];
  /** A redelivery finds the record and leaves the effect out. */
  readonly idempotent: boolean;
  readonly repliesToDuplicates: boolean;
  readonly relay: 'forwards, then acknowledges' | 'acknowledges, then forwards';
  /** When the sender's row is retired. */
  readonly retires: 'when the reply is applied' | "on the broker's OK" | "on the consumer's ack";
  readonly sweeper: boolean;
}

export const chosen: DeliveryProtocol = {
  consumer: ['record and effect', 'reply', 'ack'],
  idempotent: true,
  repliesToDuplicates: true,
  relay: 'forwards, then acknowledges',
  retires: 'when the reply is applied',
  sweeper: true,
};

export function delivery(protocol: DeliveryProtocol = chosen, { brokerLosesData = true } = {}): Model<DeliveryState> {
  return {
    initial: {
      carrier: true,
      relay: 'idle',
      fifo: false,
      consumer: -1,
      duplicate: false,
      recorded: false,
      effects: 0,
      reply: false,
      applied: false,
      retired: false,
    },
    *steps(s) {
      yield* relay(s, protocol);
      yield* consumer(s, protocol);
      if (s.reply) {
        yield system('the reply is applied', {
          ...s,
          reply: false,
          applied: true,
          retired: s.retired || protocol.retires === 'when the reply is applied',
        });
      }
      if (protocol.sweeper && !s.retired) yield system('the sweeper sends the event', { ...s, fifo: true });
      if (s.recorded && !s.fifo) yield fault('the broker delivers the event again', { ...s, fifo: true });
      if (brokerLosesData)
        yield fault('the broker loses all its data', { ...s, carrier: false, fifo: false, reply: false });
    },
    key: (s) =>
      (RELAY[s.relay] * 6 + s.consumer + 1) * 384 +
      s.effects * 128 +
      (Number(s.carrier) + Number(s.fifo) * 2 + Number(s.duplicate) * 4 + Number(s.recorded) * 8) +
      (Number(s.reply) * 16 + Number(s.applied) * 32 + Number(s.retired) * 64),
    promises: {
      'the effect happens at most once': (s) => s.effects < 2,
      'the sender learns of an effect only when there is one': (s) => !(s.reply || s.applied) || s.effects > 0,
    },
    good: (s) => s.applied && s.effects === 1,
  };
}

function* relay(s: DeliveryState, protocol: DeliveryProtocol): Generator<Step<DeliveryState>> {
  if (s.relay === 'idle' && s.carrier && s.retired) {
    yield system('the relay finds the row retired and acknowledges the carrier', { ...s, carrier: false });
    return;
  }
  const forwarded = { ...s, fifo: true, retired: s.retired || protocol.retires === "on the broker's OK" };
  if (s.relay === 'idle' && s.carrier) {
    yield protocol.relay === 'forwards, then acknowledges'
      ? system('the relay forwards the event', { ...forwarded, relay: 'forwarded' })
      : system('the relay acknowledges the carrier', { ...s, carrier: false, relay: 'acknowledged too early' });
  }
  if (s.relay === 'forwarded')
    yield system('the relay acknowledges the carrier', { ...s, carrier: false, relay: 'idle' });
  if (s.relay === 'acknowledged too early')
    yield system('the relay forwards the event', { ...forwarded, relay: 'idle' });
  if (s.relay !== 'idle') yield fault('the relay dies', { ...s, relay: 'idle' });
}

function* consumer(s: DeliveryState, protocol: DeliveryProtocol): Generator<Step<DeliveryState>> {
  if (s.consumer < 0) {
    if (s.fifo) yield system('the consumer gets the event', { ...s, consumer: 0, duplicate: s.recorded });
    return;
  }
  const action = protocol.consumer[s.consumer];
  if (!action) {
    yield system('the consumer is done', { ...s, consumer: -1, duplicate: false });
    return;
  }
  yield system(`the consumer does: ${action}`, { ...done(s, action, protocol), consumer: s.consumer + 1 });
  yield fault('the consumer dies', { ...s, consumer: -1, duplicate: false });
}

function done(s: DeliveryState, action: Action, protocol: DeliveryProtocol): DeliveryState {
  const skipped = s.duplicate && protocol.idempotent;
  switch (action) {
    case 'record':
      return { ...s, recorded: true };
    case 'effect':
      return skipped ? s : { ...s, effects: s.effects === 0 ? 1 : 2 };
    case 'record and effect':
      return skipped ? s : { ...s, recorded: true, effects: s.effects === 0 ? 1 : 2 };
    case 'reply':
      return s.duplicate && !protocol.repliesToDuplicates ? s : { ...s, reply: true };
    case 'ack':
      return { ...s, fifo: false, retired: s.retired || protocol.retires === "on the consumer's ack" };
  }
}

const RELAY = codes('idle', 'forwarded', 'acknowledged too early');
