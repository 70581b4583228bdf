import { connect, message, orderedTopic } from '@halfway/mq';
import { IsInt, IsString } from 'class-validator';
import { example } from './support/example.js';

class BidMade extends message('bid.made') {
  @IsString() readonly bidder: string;
  @IsInt() readonly number: number;
  @IsInt() readonly priceCents: number;
}
/** One key for all messages: one message group, so one queue at a time, first in first out for everything. */
const bids = orderedTopic('example-global-order', { events: { made: BidMade }, key: () => 'the auction' });

export const globalOrder = example(
  'global-order',
  'strictly first in, first out for all messages: of two bids at one price the earlier one wins',
  async ({ here, say, expect, until, closing, ours }) => {
    const auction = closing(await connect({ ...here, publishes: [bids] }));
    say('RocketMQ 4: a topic with one queue, and a consumer that takes one message at a time');
    say('RocketMQ 5: one message group for all messages; order is an attribute of the topic and of the consumer group');

    const received: number[] = [];
    let highest: { readonly bidder: string; readonly priceCents: number } | undefined;
    await auction.subscribe(
      bids,
      { group: 'example-global-order' },
      ours(({ bidder, number, priceCents }) => {
        received.push(number);
        if (priceCents > (highest?.priceCents ?? 0)) highest = { bidder, priceCents };
      }),
    );

    // Not awaited one by one: sends of one message group leave in the order of the calls.
    const bidders = ['Ada', 'Bo', 'Cy'];
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        auction.send(bids.made, {
          bidder: bidders[i % 3] ?? '',
          number: i + 1,
          priceCents: 5_000 + 1_000 * Math.floor(i / 3),
        }),
      ),
    );
    say('12 bids of Ada, Bo and Cy: each price is bid three times, Ada first');
    await until('all bids have arrived', () => received.length >= 12);

    expect('they arrive in the order in which they were made', received, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect('the highest price was bid first by', highest, { bidder: 'Ada', priceCents: 8_000 });
    say('the price of it: nothing runs in parallel. Use it where the order of everything matters, and nowhere else');
  },
);
