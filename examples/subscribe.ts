import { connect, message, plainTopic } from '@halfway/mq';
import { IsInt } from 'class-validator';
import { example } from './support/example.js';

class PhotoTaken extends message('photo.taken') {
  @IsInt() readonly number: number;
}
const photos = plainTopic('example-subscribe', {
  events: { taken: PhotoTaken },
  key: ({ number }) => `photo-${number}`,
});

export const subscribe = example(
  'subscribe',
  'the plain subscription: unordered and concurrent; members of a group share, groups do not',
  async ({ here, say, expect, expectThat, until, closing, ours }) => {
    const camera = closing(await connect({ ...here, publishes: [photos] }));
    const laptop = closing(await connect(here));
    const phone = closing(await connect(here));

    const seen = { laptop: new Set<number>(), phone: new Set<number>(), archive: new Set<number>() };
    let atOnce = 0;
    let atMost = 0;
    const develop = async (): Promise<void> => {
      atMost = Math.max(atMost, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, 50));
      atOnce--;
    };
    // Two members of one group: each photo goes to one of them.
    for (const [name, client] of [
      ['laptop', laptop],
      ['phone', phone],
    ] as const) {
      await client.subscribe(
        photos,
        { group: 'example-subscribe', concurrency: 8 },
        ours(async ({ number }) => {
          seen[name].add(number);
          await develop();
        }),
      );
    }
    // A group of its own gets every photo.
    await laptop.subscribe(
      photos,
      { group: 'example-subscribe-archive' },
      ours(({ number }) => void seen.archive.add(number)),
    );
    say('two members of group example-subscribe, and one of group example-subscribe-archive');

    const numbers = Array.from({ length: 24 }, (_, i) => i + 1);
    await Promise.all(numbers.map((number) => camera.send(photos.taken, { number })));
    say('24 photos are sent');
    const shared = () => [...seen.laptop, ...seen.phone];
    await until('all have arrived', () => shared().length >= 24 && seen.archive.size >= 24);

    say(`the laptop got ${seen.laptop.size}, the phone ${seen.phone.size}: whoever asks gets the next ones`);
    expect('together they got each photo', ascending(shared()), numbers);
    expect('the archive got each photo too', ascending(seen.archive), numbers);
    expectThat('several are handled at once', atMost > 1, `up to ${atMost}`);
    say(`in this order: ${[...seen.archive].join(' ')}. Nobody promises one; see partition-order for that`);
  },
);

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);
