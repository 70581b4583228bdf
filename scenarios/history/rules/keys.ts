import { mayHaveHappened, type Operation } from '../operation.js';
import { differing } from './grows.js';
import type { Rule } from './rule.js';

export const keyRules: readonly Rule[] = [
  {
    id: 'H6',
    sentence: 'a key makes one order',
    subject: 'key',
    judge: (operations) => differing(operations, ({ outcome, orderId }) => (outcome === 'ok' ? orderId : undefined)),
  },
  {
    id: 'H7',
    sentence: 'an order is made by one key',
    subject: 'order',
    judge: (operations) => differing(operations, ({ outcome, key }) => (outcome === 'ok' ? key : undefined)),
  },
  {
    id: 'H8',
    sentence: 'a repeated request gets the same answer',
    subject: 'key',
    judge: (operations) => differing(placed(operations), answerOf),
  },
  {
    id: 'H9',
    sentence: 'a request is worked on once, however often it is repeated',
    subject: 'key',
    judge: (operations) => {
      const [first, second] = placed(operations).filter(({ seen }) => seen?.replayed === false);
      return first && second && [first, second];
    },
  },
  {
    id: 'H10',
    sentence: 'a request that was refused makes no order',
    subject: 'key',
    judge: (operations) => {
      const requests = operations.filter(({ kind }) => kind === 'place');
      const order = operations.find(({ kind, outcome }) => kind !== 'place' && outcome === 'ok');
      return order && !requests.some(mayHaveHappened) ? [...requests, order] : undefined;
    },
  },
];

const placed = (operations: readonly Operation[]): readonly Operation[] =>
  operations.filter(({ kind, outcome }) => kind === 'place' && outcome === 'ok');

const answerOf = ({ orderId, seen }: Operation): string | undefined =>
  seen && JSON.stringify([orderId, seen.content, seen.order, seen.payments]);
