import { idempotencyKeyOf, requestHashOf } from './idempotency-key.js';

describe('Idempotency-Key', () => {
  it.each(['k', 'x'.repeat(255), 'order 42/7'])('takes 1 to 255 characters', (header) => {
    expect(idempotencyKeyOf([header])).toBe(header);
  });
  it.each([[undefined], [['']], [['x'.repeat(256)]], [['a', 'b']], [['a', 'a']]])('refuses %j', (headers) => {
    expect(() => idempotencyKeyOf(headers)).toThrow('The request is not valid.');
  });
});

describe('request hash', () => {
  const request = { customerId: 'c', flow: 'reserve-on-commit', lines: [{ sku: 'a', quantity: 1 }] } as const;

  it('is the same for the same order, whatever the order of its fields', () => {
    const shuffled = { lines: [{ quantity: 1, sku: 'a' }], flow: 'reserve-on-commit', customerId: 'c' } as const;
    expect(requestHashOf(shuffled)).toBe(requestHashOf(request));
  });

  it.each([
    { ...request, customerId: 'd' },
    { ...request, flow: 'return-on-failure' as const },
    { ...request, lines: [{ sku: 'a', quantity: 2 }] },
    { ...request, lines: [{ sku: 'b', quantity: 1 }] },
    {
      ...request,
      lines: [
        { sku: 'a', quantity: 1 },
        { sku: 'b', quantity: 1 },
      ],
    },
    { customerId: 'c"],[', flow: 'reserve-on-commit' as const, lines: [] },
  ])('differs for another order: %j', (other) => {
    expect(requestHashOf(other)).not.toBe(requestHashOf(request));
  });
});
