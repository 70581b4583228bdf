/** What a handler may want to know about the message it got, beside the message itself. */
export interface Delivery {
  /** CloudEvents `id`; the same for every redelivery and every re-send. */
  readonly eventId: string;
  readonly type: string;
  readonly topic: string;
  readonly group: string;
  /** Business key, the message group of an ordered topic. */
  readonly key: string;
  /** 1 for the first delivery by the broker. */
  readonly attempt: number;
  /** The broker's id of this copy; never an idempotency key. */
  readonly messageId: string;
  /** When the event was recorded by its sender. */
  readonly time: Date;
  /** CloudEvents `source`: the service that sent it. */
  readonly source: string;
  /** The event that this one answers. */
  readonly causationId?: string;
}
