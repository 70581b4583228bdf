import type { Ablation } from './ablation.js';

const resolve = 'libs/mq/src/transaction/resolve.ts';
const pgTransaction = 'libs/mq/src/transaction/pg-transaction.ts';

/** What the usual sample does: nothing is there, so it was rolled back. */
const nothingReadMeansAborted = {
  file: resolve,
  find: 'if (decision === null) return UNKNOWN;',
  replace: `if (decision === null) return { decision: 'ABORTED', verdict: 'rollback' };`,
};

/** What keeps a committed transaction and its message together. */
export const publishing: readonly Ablation[] = [
  {
    name: 'tombstone',
    defence: 'the tombstone: a transaction without a row is aborted by a row, not by assumption',
    without: 'a transaction whose COMMIT is still under way is called rolled back, and commits',
    edits: [
      {
        file: resolve,
        find: 'await layTombstone(this.#log, transactionId, by)',
        replace: 'false',
      },
      nothingReadMeansAborted,
    ],
    alsoOff: [],
    shownBy: ['C13.L', 'C3.L'],
    evidence: 'X5',
    expected: 'red',
  },
  {
    name: 'two-statement-resolve',
    defence: 'two statements: the tombstone, then the decision with a new snapshot',
    without: 'the tombstone waits for a COMMIT and yields to it, and the same snapshot still sees no decision',
    edits: [
      {
        file: resolve,
        find: 'const laid = await layTombstone(this.#log, transactionId, by);',
        replace: `const { rows: [seen] } = await this.#log.query({
          name: 'mq_tombstone_and_read',
          text: \`with tombstone as (
              insert into mq.transaction_log (id, transaction_id, decision, decided_by) values ($1, $1, 'ABORTED', $2)
              on conflict (id) do nothing returning decision)
            select coalesce((select decision from tombstone),
              (select decision from mq.transaction_log where id = $1)) as decision, true as open\`,
        }, [transactionId, by]);
        const laid = seen?.decision === 'ABORTED';`,
      },
      {
        file: resolve,
        find: 'return resolutionOf(await readDecision(this.#log, transactionId));',
        replace: 'return resolutionOf(seen);',
      },
      nothingReadMeansAborted,
    ],
    alsoOff: [],
    shownBy: ['C13.L'],
    evidence: 'X5',
    expected: 'red',
  },
  {
    name: 'in-doubt-is-aborted',
    defence: 'in doubt: a COMMIT without an answer is resolved, not taken for failed',
    without: 'the broker is told to roll back what is committed',
    edits: [
      {
        file: pgTransaction,
        find: `kind: definite ? 'aborted' : 'in-doubt', error`,
        replace: `kind: 'aborted', error`,
      },
    ],
    alsoOff: [],
    shownBy: ['C6.T'],
    evidence: 'X5',
    expected: 'red',
  },
  {
    name: 'in-doubt-is-committed',
    defence: 'in doubt: a COMMIT without an answer is resolved, not taken for done',
    without: 'the client is promised an order that does not exist',
    edits: [
      {
        file: pgTransaction,
        find: `return { kind: definite ? 'aborted' : 'in-doubt', error };`,
        replace: `return definite ? { kind: 'aborted', error } : { kind: 'committed' };`,
      },
    ],
    alsoOff: [],
    shownBy: ['C6.E'],
    evidence: 'X4',
    expected: 'red',
  },
  {
    name: 'sweeper',
    defence: 'the sweeper: what is not acknowledged end to end is sent again',
    without: 'an order that was taken without a half message is never told to the inventory',
    edits: [
      {
        file: 'libs/mq/src/publisher.ts',
        find: 'if (this.#relays.length > 0) this.sweeper.start();',
        replace: '',
      },
    ],
    alsoOff: [],
    shownBy: ['F4.orderBroker.cut'],
    evidence: 'nothing is left of what the fault has met',
    expected: 'red',
  },
  {
    name: 'end-to-end-ack',
    defence: 'end-to-end acknowledgement: an event is retired by its reply, not by the OK of the broker',
    without: 'what the broker loses after its OK is lost for good',
    edits: [
      {
        file: 'libs/mq/src/relay/relay.ts',
        find: `import { unacknowledged, type Runs }`,
        replace: `import { acknowledge, unacknowledged, type Runs }`,
      },
      {
        file: 'libs/mq/src/relay/relay.ts',
        find: 'const failed = new Map<string, unknown>();',
        replace: `await acknowledge(this.#log, results.filter((sent) => sent.error === undefined)
            .map((sent) => sent.event.envelope.attributes.id));
          const failed = new Map<string, unknown>();`,
      },
    ],
    alsoOff: [],
    shownBy: ['F2.lost'],
    evidence: 'nothing is left of what the fault has met',
    expected: 'red',
  },
  {
    name: 'check-back',
    defence: 'the check-back is answered from the decision row',
    without: 'a transaction whose verdict was lost stays half for ever',
    edits: [
      {
        file: resolve,
        find: `found = await this.resolve(transactionId, 'check-back');`,
        replace: '',
      },
    ],
    alsoOff: ['sweeper'],
    shownBy: ['C7.K'],
    evidence: 'nothing is left of what the fault has met',
    expected: 'red',
  },
];
