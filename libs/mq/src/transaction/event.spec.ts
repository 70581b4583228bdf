import { describe, expect, it } from '@jest/globals';
import { v4, v7 } from 'uuid';
import type { Envelope } from '../envelope.js';
import { carrierOf, transactionIdOf } from './carrier.js';
import { newId, refuseUnstorable, timeOfId, withId } from './event.js';

const envelope = (data: unknown): Envelope => ({
  attributes: {
    specversion: '1.0',
    id: 'a',
    source: 'test',
    type: 'thing.made',
    time: '2026-01-01T00:00:00.000Z',
    subject: 'k',
    dataversion: '1',
  },
  data: JSON.stringify(data),
});

describe('an event', () => {
  it('has ids that grow and tell their time', () => {
    const ids = Array.from({ length: 1_000 }, newId);
    expect(ids).toEqual([...ids].sort());
    expect(timeOfId(v7({ msecs: 1_700_000_000_123 }))).toBe(1_700_000_000_123);
    expect(timeOfId(v4())).toBeUndefined();
    expect(timeOfId('x')).toBeUndefined();
  });

  it('is the same under another id', () => {
    expect(withId(envelope({ a: 1 }), 'b')).toEqual({
      ...envelope({ a: 1 }),
      attributes: { ...envelope({}).attributes, id: 'b' },
    });
  });

  it.each(['\u0000', 'a\u0000b', '\ud800', '\udc00x', '\\\u0000'])('cannot be stored with %j', (text) => {
    expect(() => refuseUnstorable(envelope({ text }))).toThrow('NUL or half of a surrogate pair');
  });

  it.each(['\\u0000', '\\\\u0000', '😀', 'é', '\u0001', '\\ud800'])('can be stored with %j', (text) => {
    expect(() => refuseUnstorable(envelope({ text }))).not.toThrow();
  });
});

describe('a carrier message', () => {
  it('is small, names its transaction, and the event only for whoever looks at the broker', () => {
    const id = v7();
    const carrier = carrierOf('things-tx', id, envelope({ much: 'x'.repeat(1_000) }));
    expect(carrier.body.byteLength).toBeLessThan(100);
    expect(carrier).toMatchObject({ topic: 'things-tx', tag: 'thing.made', keys: [id, 'k'] });
    const incoming = { ...carrier, messageId: '1', attempt: 1, corrupted: false };
    expect(transactionIdOf(incoming)).toBe(id);
  });
});
