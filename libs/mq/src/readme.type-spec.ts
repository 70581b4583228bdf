/** The examples of README.md, compiled: every block there is a run of lines of this file (readme.spec.ts). Nothing here runs. */
import { Injectable, Module } from '@nestjs/common';
import { IsUUID, Length } from 'class-validator';
import pg from 'pg';
import pino from 'pino';
import {
  connect,
  CheckBack,
  delayedTopic,
  LocalTransactions,
  message,
  MqHealth,
  MqModule,
  On,
  OnBatch,
  orderedTopic,
  plainTopic,
  Producer,
  Quarantine,
  reply,
  tag,
  TransactionInDoubtError,
  transactionalTopic,
  UnprocessableMessageError,
  type Delivery,
  type LocalTransaction,
  type Verdict,
} from './index.js';

export class OrderPlaced extends message('order.placed') {
  @IsUUID() readonly orderId: string;
  @Length(1, 64) readonly sku: string;
}
export class StockReserved extends message('stock.reserved') {
  @IsUUID() readonly orderId: string;
}

export const orderEvents = orderedTopic('order-events', {
  events: { placed: OrderPlaced },
  key: (event) => event.orderId, // message group: in order per order
  transactional: true, // adds the carrier topic order-events-tx and the relay
});
export const inventoryEvents = orderedTopic('inventory-events', {
  events: { reserved: StockReserved },
  key: (event) => event.orderId,
});

export class OrderExpiring extends message('order.expiring') {
  @IsUUID() readonly orderId: string;
}
export const orderTimeouts = delayedTopic('order-timeouts', {
  events: { expiring: OrderExpiring },
  key: (event) => event.orderId,
});

const pool = new pg.Pool({ connectionString: 'postgresql://127.0.0.1/orders', max: 10 });
const log = pino();

@Module({
  imports: [
    MqModule.forRootAsync({
      useFactory: () => ({
        source: 'order',
        connection: { endpoint: '127.0.0.1:8081' },
        pool,
        publishes: [orderEvents, orderTimeouts],
        log,
      }),
    }),
  ],
})
export class OrderModule {}

@Injectable()
export class PlaceOrder {
  constructor(private readonly producer: Producer) {}

  async execute(orderId: string, sku: string): Promise<void> {
    // Before the local transaction: a timeout for an order that never was does nothing, an order without one waits for ever.
    await this.producer.sendLater(orderTimeouts.expiring, { orderId }, { afterMs: 1_800_000 });
    await this.producer.sendInTransaction(orderEvents.placed, { orderId, sku }, async (tx) => {
      await tx.query('insert into orders (order_id, sku) values ($1, $2)', [orderId, sku]);
    });
  }
}

@Injectable()
export class OrderPlacedHandler {
  @On(orderEvents.placed, { group: 'inventory' })
  async reserve({ orderId, sku }: OrderPlaced, tx: LocalTransaction) {
    await tx.query('insert into reservation (order_id, sku) values ($1, $2) on conflict do nothing', [orderId, sku]);
    return reply(inventoryEvents.reserved, { orderId });
  }
}

@Injectable()
export class ReserveTogether {
  @OnBatch(orderEvents.placed, { group: 'inventory-bulk', upTo: 50 })
  async reserve(orders: readonly OrderPlaced[], tx: LocalTransaction) {
    const ids = orders.map(({ orderId }) => orderId);
    await tx.query('insert into reservation (order_id) select unnest($1::uuid[]) on conflict do nothing', [ids]);
    return orders.map(({ orderId }) => reply(inventoryEvents.reserved, { orderId }));
  }
}

@Injectable()
export class Greeter {
  @On(inventoryEvents.reserved, { group: 'greetings' })
  async greet({ orderId }: StockReserved, tx: LocalTransaction, delivery: Delivery) {
    if (!(await tx.firstTime(delivery))) return; // no natural key: the inbox remembers
    const { rows } = await tx.query<{ mail: string }>('select mail from orders where order_id = $1', [orderId]);
    if (!rows[0]) throw new UnprocessableMessageError(`Order ${orderId} is unknown.`);
    await tx.query('insert into outgoing_mail (mail) values ($1)', [rows[0].mail]);
  }
}

export class ReturnStock extends message('stock.return') {
  @IsUUID() readonly orderId: string;
}
export const stockReturns = transactionalTopic('stock-returns', {
  events: { due: ReturnStock },
  key: (event) => event.orderId,
});

@Injectable()
export class DeductThenOrder {
  constructor(
    private readonly producer: Producer,
    private readonly transactions: LocalTransactions,
    private readonly stock: { deduct(orderId: string): Promise<void> },
  ) {}

  async execute(orderId: string): Promise<void> {
    const half = await this.producer.sendHalf(stockReturns.due, { orderId });
    try {
      await this.stock.deduct(orderId);
      await this.transactions.decide(orderId, async (tx) => {
        await tx.query('insert into orders (order_id) values ($1)', [orderId]);
      });
    } catch (error) {
      if (!(error instanceof TransactionInDoubtError)) await half.commit(); // give back what was deducted
      throw error; // in doubt: no verdict, the broker asks
    }
    await half.rollback();
  }

  @CheckBack(stockReturns.due)
  async didTheOrderFail({ orderId }: ReturnStock): Promise<Verdict> {
    const decision = await this.transactions.decisionOf(orderId);
    if (decision === 'unknown') return 'unknown'; // still running: the broker asks again
    return decision === 'ABORTED' ? 'commit' : 'rollback';
  }
}

@Injectable()
export class Operations {
  constructor(
    private readonly quarantine: Quarantine,
    private readonly health: MqHealth,
  ) {}

  async replayAll(): Promise<void> {
    for (const { id } of await this.quarantine.list({ group: 'inventory' })) await this.quarantine.replay(id);
  }

  async isReady(): Promise<boolean> {
    const { ready, parts, reason } = await this.health.check();
    if (!ready) log.warn({ parts, reason }, 'not ready');
    return ready;
  }
}

class LetterPosted extends message('letter.posted') {
  @Length(1, 64) readonly text: string;
}
const letters = plainTopic('letters', { events: { posted: LetterPosted }, key: ({ text }) => text });
const orderId = '8c1d8d4e-0a55-4f0e-9d0b-6f4f5f2a6b10';

export async function post(producer: Producer): Promise<void> {
  const { status, messageId, offset, attempts } = await producer.send(
    letters.posted,
    { text: 'hello' },
    {
      retry: { times: 2, withinMs: 3_000 }, // default none
      tag: 'express', // default the event's type
      properties: { grams: '20' },
    },
  );
  log.info({ status, messageId, offset, attempts }, 'stored');
  producer.sendAsync(letters.posted, { text: 'later' }, { onException: (error) => log.warn({ err: error }, 'lost') });
  producer.sendOneWay(letters.posted, { text: 'whatever' });
  const { recallHandle = '' } = await producer.sendLater(orderTimeouts.expiring, { orderId }, { level: '30m' });
  await producer.recall(orderTimeouts.expiring, recallHandle);
}

export async function tool(): Promise<void> {
  const client = await connect({ connection: { endpoint: '127.0.0.1:8081' }, source: 'tool', publishes: [letters] });
  await client.subscribe(letters, { group: 'readers', filter: tag('express') }, ({ text }, { eventId }) => {
    log.info({ text, eventId }, 'letter read');
  });
  const dead = await client.deadLetters('readers', { reader: 'readers-dead-letters' });
  for (const letter of await dead.list()) await dead.sendAgain(letter, letters);
  await client.close();
}
