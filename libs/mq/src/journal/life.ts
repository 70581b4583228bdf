import { timeOfId } from '../transaction/event.js';
import type { Runs } from '../transaction/transaction-log.js';
import { completeSince, decidedOf, toldOf, type DecidedRow, type ToldRow } from './journal-table.js';

/** A step of a key's life. */
export interface LifeStep {
  readonly at: Date;
  readonly step: string;
  /** Which process told it, as `pid@host`; none when it was read from the transaction log. */
  readonly process?: string;
  readonly eventType?: string;
  readonly messageId?: string;
  readonly transactionId?: string;
  readonly attempt?: number;
  readonly detail?: string;
}

/** What one service knows of a key, by time. */
export interface Life {
  readonly steps: readonly LifeStep[];
  /** Why steps may be missing; undefined when none are, as far as anybody can know. */
  readonly missing?: string;
}

/** A life is some twenty steps; one that is longer has been in trouble for days, and its beginning tells which. */
const AT_MOST = 1_000;

/**
 * Puts a life together from the journal, which tells who did what when and may have lost its last milliseconds, and the
 * transaction log, which knows what was decided and never loses anything.
 */
export async function lifeOf(runs: Runs, key: string): Promise<Life> {
  const [told, since] = await Promise.all([toldOf(runs, key, AT_MOST), completeSince(runs)]);
  const transactionIds = new Set(told.map(({ transactionId }) => transactionId).filter((id) => id !== null));
  const decided = await decidedOf(runs, key, [...transactionIds], AT_MOST);
  const types = new Map(decided.map(({ transactionId, type }) => [transactionId, type]));
  const steps = [...told.map((row) => stepOf(row, types)), ...decided.flatMap((row) => untold(row, told))];
  const bornMs = timeOfId(key);
  return {
    // Stable: lines of one millisecond stay in the order in which their process told them.
    steps: steps.sort((a, b) => a.at.getTime() - b.at.getTime()),
    ...(bornMs !== undefined && bornMs < since
      ? { missing: `what was told before ${new Date(since).toISOString()} has been overwritten` }
      : {}),
  };
}

/** A step that is about a transaction as a whole gets the type of the event that this key has in it. */
function stepOf(row: ToldRow, types: ReadonlyMap<string, string | null>): LifeStep {
  const { at, step, process, messageId, transactionId, attempt, detail } = row;
  const eventType = row.type ?? types.get(transactionId ?? '');
  return {
    at: new Date(at),
    step,
    process,
    ...(eventType ? { eventType } : {}),
    ...(messageId === null ? {} : { messageId }),
    ...(transactionId === null ? {} : { transactionId }),
    ...(attempt === null ? {} : { attempt }),
    ...(detail === null ? {} : { detail }),
  };
}

const COMMITTED = 'local transaction committed';
const TOMBSTONE = 'transaction aborted by tombstone';

function untold(row: DecidedRow, told: readonly ToldRow[]): readonly LifeStep[] {
  const { transactionId, decision, by, decidedAt, type, acknowledgedAt } = row;
  const about = { transactionId, ...(type === null ? {} : { eventType: type }) };
  const ending = decision === 'COMMITTED' ? COMMITTED : TOMBSTONE;
  const isTold = told.some((line) => line.step === ending && line.transactionId === transactionId);
  return [
    ...(isTold ? [] : [{ ...about, at: new Date(decidedAt), step: ending, ...(by === 'local' ? {} : { detail: by }) }]),
    ...(acknowledgedAt === null
      ? []
      : [{ ...about, at: new Date(acknowledgedAt), step: 'event acknowledged', detail: 'end to end' }]),
  ];
}
