/**
 * What must not compile, checked by `npm run typecheck` alone: nothing here runs. Each `@ts-expect-error` is a mistake that
 * the types catch; when one of them starts to compile, the directive itself becomes the error.
 */
import { inventoryEvents, orderEvents, OrderPaid, OrderPlaced, orderTimeouts } from '@halfway/contracts';
import {
  CheckBack,
  type Half,
  type LocalTransaction,
  message,
  On,
  OnBatch,
  plainTopic,
  Producer,
  reply,
  transactionalTopic,
  type Verdict,
  type MqClient,
  tag,
} from '@halfway/mq';
import { IsString } from 'class-validator';

const orderId = '8c1d8d4e-0a55-4f0e-9d0b-6f4f5f2a6b10';
const lines = [{ sku: 'sku-1', quantity: 1 }];

class Noted extends message('note.taken') {
  @IsString() readonly text: string;
}
const notes = plainTopic('notes', { events: { taken: Noted }, key: (note) => note.text });

const drafts = transactionalTopic('drafts', { events: { kept: Noted }, key: (note) => note.text });

export class CheckBacks {
  @CheckBack(drafts.kept)
  whole({ text }: Noted): Verdict {
    return text === '' ? 'rollback' : 'commit';
  }

  @CheckBack(drafts.kept)
  async inferred({ text }: Noted) {
    return text === '' ? ('unknown' as const) : 'commit';
  }

  // @ts-expect-error is that commit, or rollback, or "not found, so no"?
  @CheckBack(drafts.kept)
  boolean({ text }: Noted): boolean {
    return text !== '';
  }

  // @ts-expect-error the same, later
  @CheckBack(drafts.kept)
  async promisedBoolean({ text }: Noted) {
    return text !== '';
  }

  // @ts-expect-error nothing is no verdict
  @CheckBack(drafts.kept)
  nothing(note: Noted): void {
    void note;
  }

  // @ts-expect-error not one of the three words
  @CheckBack(drafts.kept)
  otherWord(): string {
    return 'COMMIT';
  }

  // @ts-expect-error another message
  @CheckBack(drafts.kept)
  otherMessage(event: OrderPaid): Verdict {
    return event.paymentId === '' ? 'rollback' : 'commit';
  }

  // @ts-expect-error the library answers for the events of local transactions
  @CheckBack(orderEvents.placed)
  ordered(): Verdict {
    return 'commit';
  }
}

export async function halves(producer: Producer): Promise<void> {
  const half: Half = await producer.sendHalf(drafts.kept, { text: 'a' });
  await half.commit();
  // @ts-expect-error a half message needs its verdict
  await producer.send(drafts.kept, { text: 'a' });
  // @ts-expect-error a plain topic stores no half messages
  await producer.sendHalf(notes.taken, { text: 'a' });
  // @ts-expect-error the library gives the verdict on the events of local transactions
  await producer.sendHalf(orderEvents.placed, { orderId, lines });
  // @ts-expect-error the fields of another event
  await producer.sendHalf(drafts.kept, { orderId });
}

export class Handlers {
  @On(orderEvents.placed, { group: 'inventory' })
  async whole(event: OrderPlaced, tx: LocalTransaction) {
    await tx.query('select 1');
    return reply(inventoryEvents.reserved, { orderId: event.orderId });
  }

  @On(orderEvents.placed, { group: 'inventory' })
  async severalReplies({ orderId: id }: OrderPlaced) {
    return [reply(inventoryEvents.reserved, { orderId: id }), reply(inventoryEvents.sold, { orderId: id })];
  }

  @On(orderEvents.placed, { group: 'inventory' })
  nothing(event: OrderPlaced): void {
    void event;
  }

  @OnBatch(orderEvents.placed, { group: 'inventory', upTo: 50 })
  async batch(events: readonly OrderPlaced[]) {
    return events.map((event) => reply(inventoryEvents.reserved, { orderId: event.orderId }));
  }

  // @ts-expect-error a handler for another message
  @On(orderEvents.placed, { group: 'inventory' })
  async otherMessage(event: OrderPaid) {
    void event;
  }

  // @ts-expect-error a single handler for a batch
  @OnBatch(orderEvents.placed, { group: 'inventory' })
  async singleForBatch(event: OrderPlaced) {
    void event;
  }

  // @ts-expect-error a batch handler for single messages
  @On(orderEvents.placed, { group: 'inventory' })
  async batchForSingle(event: readonly OrderPlaced[]) {
    void event;
  }

  // @ts-expect-error a handler that answers with what is no reply
  @On(orderEvents.placed, { group: 'inventory' })
  async noReply(event: OrderPlaced) {
    return event.orderId !== '';
  }

  // @ts-expect-error no group
  @On(orderEvents.placed, {})
  async noGroup(event: OrderPlaced) {
    void event;
  }
}

export async function verbs(producer: Producer): Promise<void> {
  const work = async (tx: LocalTransaction): Promise<number> => (await tx.query('select 1')).rowCount;

  await producer.send(inventoryEvents.reserved, { orderId });
  await producer.send(notes.taken, { text: 'a' });
  await producer.sendLater(orderTimeouts.expiring, { orderId }, { afterMs: 1_000 });
  const one: number = await producer.sendInTransaction(orderEvents.placed, { orderId, lines }, work);
  void one;

  // @ts-expect-error a transactional event without its transaction
  await producer.send(orderEvents.placed, { orderId, lines });
  // @ts-expect-error a delayed event without its time
  await producer.send(orderTimeouts.expiring, { orderId });
  // @ts-expect-error a plain event in a transaction
  await producer.sendInTransaction(notes.taken, { text: 'a' }, work);
  // @ts-expect-error an ordered event in a transaction
  await producer.sendInTransaction(inventoryEvents.reserved, { orderId }, work);
  // @ts-expect-error an ordered event later: the broker's types exclude one another
  await producer.sendLater(inventoryEvents.reserved, { orderId }, { afterMs: 1_000 });
  await producer.sendLater(orderTimeouts.expiring, { orderId }, { level: '30m' });
  // @ts-expect-error a level that RocketMQ 4 does not have
  await producer.sendLater(orderTimeouts.expiring, { orderId }, { level: '7s' });
  producer.sendAsync(notes.taken, { text: 'a' }, { onException: () => undefined });
  // @ts-expect-error a failure that nobody would hear of: that is sendOneWay
  producer.sendAsync(notes.taken, { text: 'a' }, {});
  producer.sendOneWay(inventoryEvents.reserved, { orderId });
  // @ts-expect-error a transactional event without its transaction
  producer.sendOneWay(orderEvents.placed, { orderId, lines });
  // @ts-expect-error a retry of what is not awaited
  producer.sendOneWay(notes.taken, { text: 'a' }, { retry: { times: 1, withinMs: 100 } });
  // @ts-expect-error later, but when?
  await producer.sendLater(orderTimeouts.expiring, { orderId }, {});
  // @ts-expect-error a field is missing
  await producer.sendInTransaction(orderEvents.placed, { orderId }, work);
  // @ts-expect-error a field has another type
  await producer.sendInTransaction(orderEvents.placed, { orderId, lines: 'sku-1' }, work);
  // @ts-expect-error the fields of another event
  await producer.sendInTransaction(orderEvents.paid, { orderId, lines }, work);
  // @ts-expect-error work that takes something else than a transaction
  await producer.sendInTransaction(orderEvents.placed, { orderId, lines }, async (count: number) => count);
  // @ts-expect-error an event that the topic does not have
  await producer.send(inventoryEvents.placed, { orderId });
}

export async function client(mq: MqClient): Promise<void> {
  await mq.subscribe(notes, { group: 'readers' }, ({ text }) => void text);
  await mq.subscribe(orderEvents, { group: 'followers', filter: tag('order.placed') }, (event) => {
    if (event instanceof OrderPlaced) void event.lines;
    // @ts-expect-error any event of the topic: not all of them have lines
    void event.lines;
  });
  // @ts-expect-error no group
  await mq.subscribe(notes, {}, () => undefined);
  // @ts-expect-error transactions need the database of a service
  await mq.sendInTransaction(orderEvents.placed, { orderId, lines }, async () => undefined);
}

export async function insideATransaction(tx: LocalTransaction): Promise<void> {
  const eventId: string = await tx.publish(orderEvents.placed, { orderId, lines });
  void eventId;
  // @ts-expect-error only transactional events are recorded in the log
  await tx.publish(inventoryEvents.reserved, { orderId });
}

export const replies = [
  reply(inventoryEvents.reserved, { orderId }),
  // @ts-expect-error replies are derived again, transactional events are recorded: they exclude one another
  reply(orderEvents.placed, { orderId, lines }),
  // @ts-expect-error a reply without a required field
  reply(inventoryEvents.refused, { orderId }),
  // @ts-expect-error a delayed reply
  reply(orderTimeouts.expiring, { orderId }),
];
