import { v7 } from 'uuid';
import type { Attributes, Envelope } from '../envelope.js';
import { InvalidMessageError } from '../mq.errors.js';

/** Who wrote a decision row. */
export type DecidedBy = 'local' | 'check-back' | 'in-doubt' | 'sweeper';

/** An event as the transaction log keeps it. */
export interface RecordedEvent {
  readonly transactionId: string;
  readonly topic: string;
  readonly envelope: Envelope;
}

/** Attributes that have no column of their own. */
export type Headers = Omit<Attributes, 'id' | 'type' | 'subject' | 'specversion'>;

/** For crash points: what is in a batch. */
export const typesOf = (events: readonly Pick<RecordedEvent, 'envelope'>[]): readonly string[] =>
  events.map(({ envelope }) => envelope.attributes.type);

/** A new id: time-ordered, so that the log grows at one end and an id tells its age. */
export const newId = (): string => v7();

/** The same event under another id: a transaction that is tried again is a new one. */
export function withId(envelope: Envelope, id: string): Envelope {
  return { attributes: { ...envelope.attributes, id }, data: envelope.data };
}

export function headersOf({ attributes }: Envelope): Headers {
  const { id: _id, type: _type, subject: _subject, specversion: _specversion, ...headers } = attributes;
  return headers;
}

/**
 * jsonb takes neither NUL nor half a surrogate pair. JSON.stringify writes both as escapes, and nothing else as these.
 * @throws InvalidMessageError before anything is stored, instead of a PostgreSQL error in the middle of a transaction.
 */
export function refuseUnstorable(envelope: Envelope): void {
  if (envelope.data.includes('\\u') && /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(envelope.data)) {
    throw new InvalidMessageError(envelope.attributes.type, ['a text in it has a NUL or half of a surrogate pair']);
  }
}

/** Milliseconds since 1970 of a uuidv7; undefined when it is none. */
export function timeOfId(id: string): number | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.exec(id);
  return match ? Number.parseInt(`${match[1]}${match[2]}`, 16) : undefined;
}
