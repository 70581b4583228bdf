import type { Ablation } from './ablation.js';

/** What keeps an event and its effect together, whatever the broker does. */
export const consuming: readonly Ablation[] = [
  {
    name: 'ack-after-commit',
    defence: 'acknowledged only after the commit',
    without: 'a consumer that dies in its transaction has told the broker that all is done',
    edits: [
      {
        file: 'libs/mq/src/consuming/group-consumer.ts',
        find: 'replies = await handling.transact(',
        replace: `await Promise.all(work.map(({ held }) => held.leased.ack()));
          replies = await handling.transact(`,
      },
    ],
    alsoOff: ['sweeper'],
    shownBy: ['I3.placed.K'],
    evidence: 'nothing is left of what the fault has met',
    expected: 'red',
  },
  {
    name: 'reply-to-duplicates',
    defence: 'a duplicate gets the recorded reply again',
    without: 'a reply lost between the commit and its sending is never sent',
    edits: [
      {
        file: 'apps/inventory/src/reserve-stock/reserve-stock.ts',
        find: 'return orders.map(({ orderId }) => answerOf(standing.get(orderId)',
        replace: `return orders.map(({ orderId }) => recorded.has(orderId) ? { answer: 'none' } : answerOf(standing.get(orderId)`,
      },
      {
        file: 'apps/inventory/src/reserve-stock/order-placed.handler.ts',
        find: 'switch (decided.answer) {',
        replace: `if (decided.answer === 'none') return [];
          switch (decided.answer) {`,
      },
    ],
    alsoOff: [],
    shownBy: ['I5.placed.K'],
    evidence: 'nothing is left of what the fault has met',
    expected: 'red',
  },
  {
    name: 'fifo',
    defence: 'order: every message is a group and a lane of its own, and the relay looks at no earlier event',
    without: 'nothing: receivers are right for any order, FIFO only makes waiting shorter',
    edits: [
      {
        file: 'libs/mq/src/envelope.ts',
        find: 'messageGroup: attributes.subject',
        replace: 'messageGroup: attributes.id',
      },
      {
        file: 'libs/mq/src/envelope.ts',
        find: 'incoming.messageGroup !== undefined && incoming.messageGroup !== subject',
        replace: 'false',
      },
      {
        file: 'libs/mq/src/consuming/held.ts',
        find: 'return printable(key).slice(0, MAX_STORED_KEY);',
        replace: 'return printable(`${message.messageId} ${key}`).slice(0, MAX_STORED_KEY);',
      },
      {
        file: 'libs/mq/src/transaction/transaction-log.ts',
        find: 'log.topic = mine.topic and log.id <= mine.id',
        replace: 'log.topic = mine.topic and log.id = mine.id',
      },
    ],
    alsoOff: [],
    shownBy: ['C7.K', 'I5.placed.K', 'Y6.D', 'I15.L', 'F1.K'],
    evidence: '',
    expected: 'green',
  },
];
