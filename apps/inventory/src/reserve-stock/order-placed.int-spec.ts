import { randomUUID } from 'node:crypto';
import { type LocalTransaction, UnprocessableMessageError } from '@halfway/mq';
import { anOrder, Inventory } from '../inventory.fixture-spec.js';
import * as sql from '../persistence/reservation.sql.js';

let inventory: Inventory;
beforeAll(async () => void (inventory = await Inventory.open()));
afterEach(() => inventory.assertInvariants());
afterAll(() => inventory.close());

describe('a batch of placed orders', () => {
  it('reserves every order that fits as a whole, and nothing for the others', async () => {
    const [a, b] = await Promise.all([inventory.aSku(5), inventory.aSku(1)]);
    const orders = [anOrder({ [a]: 2, [b]: 1 }), anOrder({ [a]: 1, [b]: 1 }), anOrder({ [a]: 3 })];
    expect(await inventory.place(...orders)).toEqual(['reserved', 'refused', 'reserved']);
    expect(await inventory.pieces(a)).toEqual([0, 5, 0]);
    expect(await inventory.pieces(b)).toEqual([0, 1, 0]);
    expect(await inventory.ledger(orders[0]?.orderId ?? '')).toEqual(['RESERVE', 'RESERVE']);
    expect(await inventory.ledger(orders[1]?.orderId ?? '')).toEqual([]);
  });

  it('answers each order in its place, with the skus that are short', async () => {
    const [a, unknown] = [await inventory.aSku(1), `unknown-${randomUUID()}`];
    const orders = [anOrder({ [unknown]: 1 }), anOrder({ [a]: 1 }), anOrder({ [a]: 1, [unknown]: 2 })];
    const replies = await inventory.transactions.run((tx) => inventory.placed.reserve(orders, tx));
    expect(replies.map(({ event, message }) => ({ type: event.type, message }))).toEqual([
      {
        type: 'stock.refused',
        message: { orderId: orders[0]?.orderId, reason: `Not enough stock of ${unknown}.` },
      },
      { type: 'stock.reserved', message: { orderId: orders[1]?.orderId } },
      {
        type: 'stock.refused',
        message: { orderId: orders[2]?.orderId, reason: `Not enough stock of ${a}, ${unknown}.` },
      },
    ]);
  });

  it('costs four statements however many orders it has', async () => {
    const skus = await Promise.all(Array.from({ length: 5 }, () => inventory.aSku(40)));
    const orders = Array.from({ length: 50 }, (_, i) =>
      anOrder({ [String(skus[i % 5])]: 2, [String(skus[(i + 1) % 5])]: 3 }),
    );
    let statements = 0;
    const told = await inventory.handle((tx) => {
      const counting: LocalTransaction = {
        query: (statement, values) => {
          statements += 1;
          return tx.query(statement, values);
        },
        publish: (event, message) => tx.publish(event, message),
        firstTime: (delivery) => tx.firstTime(delivery),
      };
      return inventory.placed.reserve(orders, counting);
    });
    expect(statements).toBe(4);
    expect(told.filter((answer) => answer === 'reserved')).toHaveLength(40);
  });

  it('takes an order id in upper case for the same order', async () => {
    const order = anOrder({ [await inventory.aSku(5)]: 2 });
    const shouted = { orderId: order.orderId.toUpperCase(), lines: order.lines };
    expect(await inventory.place(order)).toEqual(['reserved']);
    expect(await inventory.place(shouted)).toEqual(['reserved']);
    expect(await inventory.ledger(order.orderId)).toEqual(['RESERVE']);
  });

  it.each<[string, (sku: string) => readonly { sku: string; quantity: number }[]]>([
    [
      'a sku on two lines',
      (sku) => [
        { sku, quantity: 1 },
        { sku, quantity: 2 },
      ],
    ],
    ['a sku with a NUL character', () => [{ sku: 'a\0b', quantity: 1 }]],
    ['a sku with a lone surrogate', () => [{ sku: '\udfff', quantity: 1 }]],
    ['a sku with a line break', () => [{ sku: 'a\nb', quantity: 1 }]],
  ])('is refused as unprocessable when a message has %s, and nothing is written', async (_, lines) => {
    const [sku, before] = [await inventory.aSku(5), await inventory.everything()];
    const broken = { orderId: randomUUID(), lines: lines(sku) };
    await expect(inventory.place(broken)).rejects.toThrow(UnprocessableMessageError);
    expect(await inventory.everything()).toEqual(before);
  });
});

describe('an order that is delivered again', () => {
  it('is answered from the record and has no second effect', async () => {
    const sku = await inventory.aSku(3);
    const [order, other] = [anOrder({ [sku]: 2 }), anOrder({ [sku]: 1 })];
    expect(await inventory.place(order)).toEqual(['reserved']);
    expect(await inventory.place(other, order)).toEqual(['reserved', 'reserved']);
    expect(await inventory.pieces(sku)).toEqual([0, 3, 0]);
  });

  it('stays refused with the same reason when stock has arrived since', async () => {
    const sku = await inventory.aSku(1);
    const order = anOrder({ [sku]: 2 });
    const [first] = await inventory.transactions.run((tx) => inventory.placed.reserve([order], tx));
    await inventory.stock.receive({ receiptId: randomUUID(), sku, quantity: 10 });
    const [again] = await inventory.transactions.run((tx) => inventory.placed.reserve([order], tx));
    expect(again).toEqual(first);
    expect(await inventory.pieces(sku)).toEqual([11, 0, 0]);
  });

  it('is reserved once when several consumers handle it at the same moment', async () => {
    const sku = await inventory.aSku(100);
    const orders = Array.from({ length: 20 }, () => anOrder({ [sku]: 1 }));
    const told = await Promise.all(
      Array.from({ length: 8 }, (_, i) => inventory.place(...(i % 2 ? orders : orders.toReversed()))),
    );
    expect(new Set(told.flat())).toEqual(new Set(['reserved']));
    expect(await inventory.pieces(sku)).toEqual([80, 20, 0]);
  });

  it('has left nothing behind when its transaction failed before', async () => {
    const order = anOrder({ [await inventory.aSku(1)]: 1 });
    const before = await inventory.everything();
    const failing = inventory.handle(async (tx) => {
      await inventory.placed.reserve([order], tx);
      throw new Error('killed before COMMIT');
    });
    await expect(failing).rejects.toThrow('killed before COMMIT');
    expect(await inventory.everything()).toEqual(before);
    expect(await inventory.place(order)).toEqual(['reserved']);
  });
});

describe('many transactions at once', () => {
  it('never sell more of a hot sku than there is, and all of it', async () => {
    const sku = await inventory.aSku(57);
    const batches = Array.from({ length: 30 }, () => Array.from({ length: 5 }, () => anOrder({ [sku]: 1 })));
    const told = (await Promise.all(batches.map((orders) => inventory.place(...orders)))).flat();
    expect(told.filter((answer) => answer === 'reserved')).toHaveLength(57);
    expect(told.filter((answer) => answer === 'refused')).toHaveLength(93);
    expect(await inventory.pieces(sku)).toEqual([0, 57, 0]);
  });

  it('do not deadlock however their orders interleave the skus', async () => {
    const skus = await Promise.all(Array.from({ length: 6 }, () => inventory.aSku(100_000)));
    const rounds = Array.from({ length: 40 }, (_, i) => {
      const shuffled = skus.map((_sku, k) => String(skus[(k * (i % 2 ? 5 : 1) + i) % 6]));
      return inventory.place(anOrder(Object.fromEntries(shuffled.map((sku) => [sku, 1]))));
    });
    expect((await Promise.all(rounds)).flat()).toEqual(rounds.map(() => 'reserved'));
  });
});

describe('the database', () => {
  it('is used by index even when plans were made while its tables were empty', async () => {
    const empty = await Inventory.open();
    try {
      for (const { name, text } of Object.values(sql)) {
        const { rows } = await empty.pool.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${text}`);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(`${name}\n${plan}`).not.toMatch(/Seq Scan on (stock|reservation)/);
        // A scan of a whole index is no better than one of the table.
        expect(`${name}\n${plan}`).not.toMatch(/Index (Only )?Scan using \w+_pkey[^\n]*\n(?!\s+Index Cond)/);
      }
    } finally {
      await empty.close();
    }
  });

  it.each([
    'delete from stock_ledger',
    'update stock_ledger set quantity = 1',
    'delete from reservation',
    'update reservation_line set quantity = 1',
    'truncate stock',
    'create table mine ()',
  ])('refuses the service: %s', async (statement) => {
    await expect(inventory.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });
});
