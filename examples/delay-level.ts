import { connect, DELAY_LEVELS, delayedTopic, delayLevelMs, message } from '@halfway/mq';
import { IsString } from 'class-validator';
import { example } from './support/example.js';

class ReminderDue extends message('reminder.due') {
  @IsString() readonly level: string;
}
const reminders = delayedTopic('example-delay-level', { events: { due: ReminderDue }, key: ({ level }) => level });

export const delayLevel = example(
  'delay-level',
  'delay levels 1 to 18 by their names: stored at once, delivered later by the broker',
  async ({ here, say, expect, expectThat, until, closing, ours }) => {
    const clock = closing(await connect({ ...here, publishes: [reminders] }));
    say(`the levels: ${DELAY_LEVELS.map((level, i) => `${i + 1}=${level}`).join(' ')}`);
    say(
      'RocketMQ 4: the number travels with the message, into one queue of SCHEDULE_TOPIC_XXXX per level, and a timer task',
    );
    say('  per queue puts it into its real topic; how far it got is saved every 10 s');
    say('RocketMQ 5: a time travels with the message, into a timer wheel; a level is a name for a time');
    expect('level 16, after which an unpaid order is closed', delayLevelMs(16), 30 * 60 * 1_000);
    expect('the longest', delayLevelMs('2h'), 2 * 60 * 60 * 1_000);

    const arrived = new Map<string, number>();
    await clock.subscribe(
      reminders,
      { group: 'example-delay-level' },
      ours(({ level }) => void arrived.set(level, performance.now())),
    );
    const sentAt = performance.now();
    const short = [
      ['1s', 1_000],
      ['5s', 5_000],
    ] as const;
    const receipts = await Promise.all(short.map(([level]) => clock.sendLater(reminders.due, { level }, { level })));
    expect(
      'stored at once',
      receipts.map(({ status }) => status),
      ['SEND_OK', 'SEND_OK'],
    );
    await until('both are there', () => arrived.size === short.length, 30_000);
    for (const [level, delayMs] of short) {
      const afterMs = (arrived.get(level) ?? 0) - sentAt;
      // The wheel turns once a second, and a consumer gets its first message a second after its start.
      expectThat(
        `${level} later, give or take the wheel's second`,
        afterMs > delayMs - 1_000 && afterMs < delayMs + 8_000,
        `${(afterMs / 1_000).toFixed(2)} s`,
      );
    }
    expect('the shorter one first', [...arrived.keys()], ['1s', '5s']);
  },
);
