import { connect, message, On, plainTopic, UnprocessableMessageError } from '@halfway/mq';
import { Injectable } from '@nestjs/common';
import { IsString } from 'class-validator';
import { example } from './support/example.js';

class LabelPrinted extends message('label.printed') {
  @IsString() readonly label: string;
}
const labels = plainTopic('example-dead-letter', { events: { printed: LabelPrinted }, key: ({ label }) => label });

/** Both consumers use one printer, and it is out of paper. */
const printer = { hasPaper: false, printed: [] as string[] };

@Injectable()
class PrintingService {
  @On(labels.printed, { group: 'example-dead-letter-quarantine' })
  print({ label }: LabelPrinted): void {
    if (!printer.hasPaper) throw new UnprocessableMessageError(`No paper for label ${label}.`);
    printer.printed.push(`service: ${label}`);
  }
}

export const deadLetter = example(
  'dead-letter',
  'what keeps failing: list it, look at it, send it again; from the dead letters of the broker, and from quarantine',
  async ({ here, say, expect, until, closing, ours, service, database }) => {
    const label = here.source;
    const shop = closing(await connect({ ...here, publishes: [labels] }));
    const attempts: number[] = [];
    const seen: string[] = [];
    await shop.subscribe(
      labels,
      { group: 'example-dead-letter' },
      ours((printed, { attempt, eventId }) => {
        attempts.push(attempt);
        if (!printer.hasPaper) throw new Error('no paper');
        seen.push(eventId);
      }),
    );
    const { quarantine } = await service({
      source: here.source,
      publishes: [],
      pool: await database(),
      providers: [PrintingService],
    });
    await shop.send(labels.printed, { label });
    say('one label; a plain consumer and a service of MqModule both fail to print it');

    say(
      'the plain consumer: the broker delivers again, until the attempts of the group are used up (retryMaxTimes 1: twice)',
    );
    const dead = closing(await shop.deadLetters('example-dead-letter', { reader: 'example-dead-letter-reader' }));
    const list = async () =>
      (await dead.list({ waitMs: 200 })).filter(({ properties }) => properties['source'] === here.source);
    await until('it is a dead letter', async () => (await list()).length > 0, 60_000);
    const [letter] = await list();
    if (!letter) return;
    expect('attempts before that', attempts, [1, 2]);
    expect(
      'listed in %DLQ%example-dead-letter',
      [letter.properties['type'], letter.body],
      ['label.printed', JSON.stringify({ label })],
    );
    say('  everything its sender wrote is there; why it failed and from which topic it came is not');

    printer.hasPaper = true;
    await dead.sendAgain(letter, labels);
    say('there is paper again, and the dead letter is sent again');
    await until('it is printed', () => seen.length > 0);
    expect('it comes under the id it had', seen, [letter.properties['id']]);

    say('the service: after its attempts, or at once when no attempt can help, a message rests in quarantine');
    const [resting] = await quarantine.list({ group: 'example-dead-letter-quarantine' });
    expect('listed in quarantine, with the reason', resting?.reason.includes(`No paper for label ${label}`), true);
    if (resting) await quarantine.replay(resting.id);
    await until('the service prints it', () => printer.printed.includes(`service: ${label}`));
    expect('replayed to this one group', printer.printed.filter((line) => line.endsWith(label)).length > 0, true);
    say('which one: the dead letters are for consumers without a database, and for unordered groups;');
    say(
      '  quarantine keeps reason, attempts and the order of a key, and replays to the group that failed, not to all groups of the topic',
    );
  },
);
