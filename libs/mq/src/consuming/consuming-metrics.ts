import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the consuming side counts. Labels are bounded: groups and event types are written in the code, keys never become one. */
export class ConsumingMetrics {
  /** outcome: `handled`, `failed` (a run that threw), `unavailable` (the database did not answer), `lease-lost`. */
  readonly handlings: Counter<'group' | 'type' | 'outcome'>;
  readonly redelivered: Counter<'group' | 'type'>;
  readonly retries: Counter<'group' | 'type'>;
  readonly parkings: Counter<'group' | 'type'>;
  /** reason: `unprocessable` or `exhausted`. */
  readonly quarantinings: Counter<'group' | 'reason'>;
  readonly repliesSent: Counter<'group' | 'type'>;
  readonly batchSize: Histogram<'group' | 'handler'>;
  readonly handlingSeconds: Histogram<'group' | 'handler'>;
  readonly lagSeconds: Histogram<'group' | 'type'>;
  readonly inFlight: Gauge<'group'>;
  readonly parked: Gauge<'group'>;
  readonly quarantined: Gauge<'group'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const typed = ['group', 'type'] as const;
    const handled = ['group', 'handler'] as const;
    this.handlings = new Counter({
      name: 'mq_handlings_total',
      help: 'Events that went through a handler, by outcome.',
      labelNames: [...typed, 'outcome'],
      registers,
    });
    this.redelivered = new Counter({
      name: 'mq_redeliveries_total',
      help: 'Deliveries by the broker that were not the first of their message.',
      labelNames: typed,
      registers,
    });
    this.retries = new Counter({
      name: 'mq_lane_retries_total',
      help: 'Runs repeated in their lane after a failure.',
      labelNames: typed,
      registers,
    });
    this.parkings = new Counter({
      name: 'mq_parkings_total',
      help: 'Messages stored because they failed, or because their key was parked.',
      labelNames: typed,
      registers,
    });
    this.quarantinings = new Counter({
      name: 'mq_quarantinings_total',
      help: 'Messages put into quarantine. Alert on any.',
      labelNames: ['group', 'reason'],
      registers,
    });
    this.repliesSent = new Counter({
      name: 'mq_replies_total',
      help: 'Replies that the broker took.',
      labelNames: typed,
      registers,
    });
    this.batchSize = new Histogram({
      name: 'mq_batch_size',
      help: 'Messages that shared one local transaction.',
      labelNames: handled,
      buckets: [1, 2, 5, 10, 20, 50, 100, 200],
      registers,
    });
    this.handlingSeconds = new Histogram({
      name: 'mq_handling_seconds',
      help: 'From before BEGIN to after COMMIT.',
      labelNames: handled,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    });
    this.lagSeconds = new Histogram({
      name: 'mq_consumer_lag_seconds',
      help: 'Age of a message when its handler starts, by the broker’s birth time.',
      labelNames: typed,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
      registers,
    });
    this.inFlight = new Gauge({
      name: 'mq_messages_in_flight',
      help: 'Messages received and neither acknowledged nor given back.',
      labelNames: ['group'],
      registers,
    });
    this.parked = new Gauge({
      name: 'mq_parked_messages',
      help: 'Messages waiting in the parking lot.',
      labelNames: ['group'],
      registers,
    });
    this.quarantined = new Gauge({
      name: 'mq_quarantined_messages',
      help: 'Messages resting in quarantine.',
      labelNames: ['group'],
      registers,
    });
  }
}
