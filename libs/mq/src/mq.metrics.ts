import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the publishing side counts: half messages, verdicts, relays, resends. Labels are bounded: topics and fixed words. */
export class MqMetrics {
  /** result: `stored`, `unavailable`, `refused` by the broker, `skipped` while it is known to be down. */
  readonly halves: Counter<'topic' | 'result'>;
  /** verdict: `commit`, `rollback`, or `none` while in doubt. result: `sent`, `lost` (check-back repeats it). */
  readonly verdicts: Counter<'topic' | 'verdict' | 'result'>;
  readonly checkBacks: Counter<'verdict'>;
  readonly tombstones: Counter<'by'>;
  /** resolved: `COMMITTED`, `ABORTED` or `unknown`. */
  readonly inDoubt: Counter<'resolved'>;
  /** outcome: `committed`, `aborted`, `in-doubt`. */
  readonly transactions: Counter<'outcome'>;
  readonly groupSize: Histogram;
  /** Members of a group that had to be run alone. */
  readonly runAlone: Counter;
  /** result: `relayed`, `nothing` to relay, `unreadable`, `released` for a later attempt. */
  readonly relays: Counter<'topic' | 'result'>;
  /** result: `sent`, `unavailable`, `refused`. */
  readonly resends: Counter<'topic' | 'result'>;
  readonly acknowledged: Counter;
  readonly unacknowledged: Gauge;
  readonly unacknowledgedAgeSeconds: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.halves = new Counter({
      name: 'mq_half_messages_total',
      help: 'Half messages, by what became of sending them.',
      labelNames: ['topic', 'result'],
      registers,
    });
    this.verdicts = new Counter({
      name: 'mq_verdicts_total',
      help: 'Verdicts on half messages by their own transaction; a lost one is repeated by check-back.',
      labelNames: ['topic', 'verdict', 'result'],
      registers,
    });
    this.checkBacks = new Counter({
      name: 'mq_check_backs_total',
      help: 'Check-backs of the broker, by answer.',
      labelNames: ['verdict'],
      registers,
    });
    this.tombstones = new Counter({
      name: 'mq_tombstones_total',
      help: 'Transactions that were aborted from outside because nothing was left of them.',
      labelNames: ['by'],
      registers,
    });
    this.inDoubt = new Counter({
      name: 'mq_in_doubt_total',
      help: 'Transactions whose answer to COMMIT was lost, by what resolving them found. Alert on unknown.',
      labelNames: ['resolved'],
      registers,
    });
    this.transactions = new Counter({
      name: 'mq_transactions_total',
      help: 'Local transactions of sendInTransaction; a group is one.',
      labelNames: ['outcome'],
      registers,
    });
    this.groupSize = new Histogram({
      name: 'mq_group_size',
      help: 'Requests that shared one half message and one local transaction.',
      buckets: [1, 2, 4, 8, 16, 32],
      registers,
    });
    this.runAlone = new Counter({
      name: 'mq_group_members_run_alone_total',
      help: 'Requests taken out of a failed group and run alone.',
      registers,
    });
    this.relays = new Counter({
      name: 'mq_relays_total',
      help: 'Messages of the carrier topic, by what the relay did with them.',
      labelNames: ['topic', 'result'],
      registers,
    });
    this.resends = new Counter({
      name: 'mq_resends_total',
      help: 'Events that the sweeper sent again.',
      labelNames: ['topic', 'result'],
      registers,
    });
    this.acknowledged = new Counter({
      name: 'mq_acknowledged_events_total',
      help: 'Events retired because their reply was applied here.',
      registers,
    });
    this.unacknowledged = new Gauge({
      name: 'mq_unacknowledged_events',
      help: 'Events not acknowledged end to end, measured by the sweeper.',
      registers,
    });
    this.unacknowledgedAgeSeconds = new Gauge({
      name: 'mq_unacknowledged_oldest_age_seconds',
      help: 'Age of the oldest event that is not acknowledged end to end. Alert above 120.',
      registers,
    });
  }
}
