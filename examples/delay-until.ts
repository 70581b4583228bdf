import { connect, delayedTopic, message } from '@halfway/mq';
import { IsString } from 'class-validator';
import { example } from './support/example.js';

class AlarmRang extends message('alarm.rang') {
  @IsString() readonly what: string;
}
const alarms = delayedTopic('example-delay-until', { events: { rang: AlarmRang }, key: ({ what }) => what });

export const delayUntil = example(
  'delay-until',
  'any time within 24 hours, which RocketMQ 4 does not know',
  async ({ here, say, expect, expectThat, until, closing, ours }) => {
    const clock = closing(await connect({ ...here, publishes: [alarms] }));
    const rang: { readonly what: string; readonly at: number }[] = [];
    await clock.subscribe(
      alarms,
      { group: 'example-delay-until' },
      ours(({ what }) => void rang.push({ what, at: Date.now() })),
    );

    const now = Date.now();
    const at = { tea: new Date(now + 4_700), eggs: new Date(now + 2_300) };
    await clock.sendLater(alarms.rang, { what: 'tea' }, { at: at.tea });
    await clock.sendLater(alarms.rang, { what: 'eggs' }, { at: at.eggs });
    say(`tea at ${at.tea.toISOString()}, eggs at ${at.eggs.toISOString()}`);
    await until('both have rung', () => rang.length === 2, 30_000);
    expect(
      'by their times, not in the order of sending',
      rang.map(({ what }) => what),
      ['eggs', 'tea'],
    );
    for (const { what, at: rangAt } of rang) {
      const lateMs = rangAt - at[what === 'tea' ? 'tea' : 'eggs'].getTime();
      expectThat(
        `${what}, off by less than the wheel's second and the machine`,
        lateMs > -1_000 && lateMs < 8_000,
        `${lateMs} ms late`,
      );
    }

    for (const [what, afterMs] of [
      ['half a second', 500],
      ['25 hours', 90_000_000],
    ] as const) {
      const refused = await clock.sendLater(alarms.rang, { what }, { afterMs }).catch((error: unknown) => error);
      expectThat(
        `${what} is refused before anything is sent`,
        refused instanceof Error && refused.name === 'DelayOutOfRangeError',
        refused,
      );
    }
    say('the message only wakes: compare a deadline with the clock of the database that decides');
  },
);
