import { check } from './check.js';
import { chosen, delivery, type DeliveryProtocol } from './delivery.model.js';

/** A defence is judged with the sweeper out of the way, on a broker that keeps its data. */
const alone: DeliveryProtocol = { ...chosen, sweeper: false };
const keepsData = { brokerLosesData: false };

describe('the way of an event to its acknowledgement', () => {
  it('is safe and recovers by itself in all 175 states, even when the broker loses all its data', () => {
    expect(check(delivery())).toMatchObject({ outcome: 'holds', states: 175, steps: 864 });
  });

  it('needs no sweeper while the broker keeps its data', () => {
    expect(check(delivery(alone, keepsData))).toMatchObject({ outcome: 'holds', states: 100 });
  });

  it('tells every state apart', () => {
    const model = delivery();
    expect(check({ ...model, key: (s) => JSON.stringify(s) }).states).toBe(check(model).states);
  });

  it.each<[string, Partial<DeliveryProtocol>]>([
    ['the relay acknowledges before it forwards', { relay: 'acknowledges, then forwards' }],
    ['the consumer acknowledges before its commit', { consumer: ['ack', 'record and effect', 'reply'] }],
    ['the consumer acknowledges before its reply', { consumer: ['record and effect', 'ack', 'reply'] }],
  ])('is repaired by the sweeper when %s', (_, flaw) => {
    expect(check(delivery({ ...chosen, ...flaw }))).toMatchObject({ outcome: 'holds' });
  });
});

describe('the way of an event with one defence removed', () => {
  it('ends with the data of the broker when nobody sweeps', () => {
    expect(check(delivery(alone))).toMatchObject({ outcome: 'stuck', trace: ['the broker loses all its data'] });
  });

  it("ends in the broker when the broker's OK counts as acknowledgement", () => {
    expect(check(delivery({ ...chosen, retires: "on the broker's OK" }))).toMatchObject({
      outcome: 'stuck',
      trace: ['the relay forwards the event', 'the relay acknowledges the carrier', 'the broker loses all its data'],
      state: { retired: true, effects: 0 },
    });
  });

  it("leaves the sender without an answer when the consumer's ack counts as acknowledgement", () => {
    expect(check(delivery({ ...chosen, retires: "on the consumer's ack" }))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the sweeper sends the event',
        'the consumer gets the event',
        'the consumer does: record and effect',
        'the consumer does: reply',
        'the consumer does: ack',
        'the consumer is done',
        'the broker loses all its data',
      ],
      state: { retired: true, effects: 1, applied: false },
    });
  });

  it('loses the event when the relay acknowledges before it forwards', () => {
    expect(check(delivery({ ...alone, relay: 'acknowledges, then forwards' }, keepsData))).toMatchObject({
      outcome: 'stuck',
      trace: ['the relay acknowledges the carrier', 'the relay dies'],
    });
  });

  it('loses the event when the consumer acknowledges before its commit', () => {
    const consumer = ['ack', 'record and effect', 'reply'] as const;
    expect(check(delivery({ ...alone, consumer }, keepsData))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the relay forwards the event',
        'the relay acknowledges the carrier',
        'the consumer gets the event',
        'the consumer does: ack',
        'the consumer dies',
      ],
      state: { effects: 0 },
    });
  });

  it('loses the reply when the consumer acknowledges before it', () => {
    const consumer = ['record and effect', 'ack', 'reply'] as const;
    expect(check(delivery({ ...alone, consumer }, keepsData))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the relay forwards the event',
        'the relay acknowledges the carrier',
        'the consumer gets the event',
        'the consumer does: record and effect',
        'the consumer does: ack',
        'the consumer dies',
      ],
      state: { effects: 1, applied: false },
    });
  });

  it('tells the sender of stock that nobody reserved when the reply comes before the commit', () => {
    expect(check(delivery({ ...chosen, consumer: ['reply', 'record and effect', 'ack'] }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'the sender learns of an effect only when there is one',
      trace: ['the relay forwards the event', 'the consumer gets the event', 'the consumer does: reply'],
    });
  });

  it('skips the effect when the inbox row is committed before it', () => {
    expect(check(delivery({ ...chosen, consumer: ['record', 'effect', 'reply', 'ack'] }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'the sender learns of an effect only when there is one',
      trace: [
        'the relay forwards the event',
        'the consumer gets the event',
        'the consumer does: record',
        'the consumer dies',
        'the consumer gets the event',
        'the consumer does: record',
        'the consumer does: effect',
        'the consumer does: reply',
      ],
      state: { effects: 0, reply: true },
    });
  });

  it('reserves twice when the inbox row is committed after the effect', () => {
    expect(check(delivery({ ...chosen, consumer: ['effect', 'record', 'reply', 'ack'] }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'the effect happens at most once',
      trace: [
        'the relay forwards the event',
        'the consumer gets the event',
        'the consumer does: effect',
        'the consumer dies',
        'the consumer gets the event',
        'the consumer does: effect',
      ],
    });
  });

  it('reserves twice when a redelivery is not recognised', () => {
    expect(check(delivery({ ...chosen, idempotent: false }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'the effect happens at most once',
      trace: [
        'the relay forwards the event',
        'the consumer gets the event',
        'the consumer does: record and effect',
        'the consumer dies',
        'the consumer gets the event',
        'the consumer does: record and effect',
      ],
    });
  });

  it('is sent for ever when duplicates get no reply', () => {
    expect(check(delivery({ ...chosen, repliesToDuplicates: false }))).toMatchObject({
      outcome: 'beyond recovery',
      trace: [
        'the relay forwards the event',
        'the consumer gets the event',
        'the consumer does: record and effect',
        'the consumer dies',
      ],
    });
  });
});
