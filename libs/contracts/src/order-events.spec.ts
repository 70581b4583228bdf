import { orderEvents } from './index.js';
import { open, read, seal, toOutgoing } from '@halfway/mq/testing';

const orderId = '01938f3e-7a10-7cc1-8a44-3d1f5b0e9a11';
const line = { sku: 'cup', quantity: 1 };

/** As it would arrive from a sender that checks nothing. */
function arrived(data: object): object {
  const valid = seal(orderEvents.placed, { orderId, lines: [line] }, { id: orderId, source: 'spec' });
  const { topic, properties, ...outgoing } = toOutgoing(orderEvents.topic, { ...valid, data: JSON.stringify(data) });
  return read(
    open(orderEvents.topic, { ...outgoing, topic, properties, messageId: 'spec', attempt: 1, corrupted: false }),
  );
}

describe('order.placed', () => {
  it('is read with its lines', () => {
    expect(arrived({ orderId, lines: [line] })).toMatchObject({ orderId, lines: [line] });
  });

  it.each<[string, unknown]>([
    ['no lines', undefined],
    ['an empty list', []],
    ['a line that is an array', [[]]],
    ['a line that is null', [null]],
    ['a line that is text', ['cup']],
    ['a sku on two lines', [line, { sku: 'cup', quantity: 2 }]],
    ['a sku that is too long', [{ sku: 'x'.repeat(65), quantity: 1 }]],
    ['a quantity of 0', [{ sku: 'cup', quantity: 0 }]],
    ['a quantity of 1001', [{ sku: 'cup', quantity: 1001 }]],
    ['half a piece', [{ sku: 'cup', quantity: 0.5 }]],
    ['51 lines', Array.from({ length: 51 }, (_, i) => ({ sku: `s${i}`, quantity: 1 }))],
  ])('is unprocessable with %s', (_, lines) => {
    expect(() => arrived({ orderId, lines })).toThrow('is not valid');
  });
});
