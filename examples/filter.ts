import { connect, message, plainTopic, sql, tag } from '@halfway/mq';
import { IsString } from 'class-validator';
import { example } from './support/example.js';

class ParcelPosted extends message('parcel.posted') {
  @IsString() readonly name: string;
}
const parcels = plainTopic('example-filter', { events: { posted: ParcelPosted }, key: ({ name }) => name });

export const filter = example(
  'filter',
  'the broker hands over a part of a topic only: by tag, or by an SQL condition on properties',
  async ({ here, say, expect, until, closing, ours }) => {
    const post = closing(await connect({ ...here, publishes: [parcels] }));

    const got = { everything: new Set<string>(), urgent: new Set<string>(), heavy: new Set<string>() };
    await post.subscribe(
      parcels,
      { group: 'example-filter-all' },
      ours(({ name }) => void got.everything.add(name)),
    );
    await post.subscribe(
      parcels,
      { group: 'example-filter-tag', filter: tag('express', 'courier') },
      ours(({ name }) => void got.urgent.add(name)),
    );
    await post.subscribe(
      parcels,
      { group: 'example-filter-sql', filter: sql("grams > 1000 and country <> 'at'") },
      ours(({ name }) => void got.heavy.add(name)),
    );
    say("three groups: everything · tag express or courier · grams > 1000 and country <> 'at'");

    await post.send(parcels.posted, { name: 'book' }, { tag: 'standard', properties: { grams: '900', country: 'de' } });
    await post.send(parcels.posted, { name: 'ring' }, { tag: 'courier', properties: { grams: '20', country: 'de' } });
    await post.send(
      parcels.posted,
      { name: 'anvil' },
      { tag: 'express', properties: { grams: '20000', country: 'de' } },
    );
    await post.send(
      parcels.posted,
      { name: 'piano' },
      { tag: 'standard', properties: { grams: '300000', country: 'fr' } },
    );
    await post.send(
      parcels.posted,
      { name: 'skis' },
      { tag: 'standard', properties: { grams: '5000', country: 'at' } },
    );
    await post.send(parcels.posted, { name: 'note' }, { tag: 'standard' });
    await until(
      'everything has arrived',
      () => got.everything.size === 6 && got.urgent.size >= 2 && got.heavy.size >= 2,
    );

    expect('without a filter', sorted(got.everything), ['anvil', 'book', 'note', 'piano', 'ring', 'skis']);
    expect('by tag', sorted(got.urgent), ['anvil', 'ring']);
    expect('by SQL, numbers compared as numbers', sorted(got.heavy), ['anvil', 'piano']);
    say(
      'SQL needs enablePropertyFilter=true on the broker, in RocketMQ 4 as in 5; a message without the property does not match',
    );
    say('a filter belongs to its group: all members must use the same one');
  },
);

const sorted = (names: Iterable<string>): string[] => [...names].sort();
