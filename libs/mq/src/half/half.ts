/**
 * A half message that the broker has stored and shows to nobody, waiting for its verdict. Give one as soon as it is known, and
 * none while it is not: then the broker asks, see `@CheckBack`.
 */
export interface Half {
  /** CloudEvents `id`; the consumer sees it as `Delivery.eventId`. */
  readonly eventId: string;
  /** The broker's id of it. */
  readonly messageId: string;
  /** Delivers it. Never rejects: `lost` means that the broker did not confirm, and will ask. The first verdict counts. */
  commit(): Promise<VerdictOutcome>;
  /** Drops it, as `commit` delivers it. */
  rollback(): Promise<VerdictOutcome>;
}

export type VerdictOutcome = 'sent' | 'lost';

/** What a check-back may want to know about the half message, beside the message itself. */
export interface AskedHalf {
  readonly eventId: string;
  readonly key: string;
  readonly messageId: string;
  readonly topic: string;
  /** Which time the broker asks about it, from 1. */
  readonly attempt: number;
  /** When it was sent. */
  readonly time: Date;
}
