import { connect, message, plainTopic, type SendCallback } from '@halfway/mq';
import { IsString } from 'class-validator';
import { openBrokerWire } from '../scenarios/faults/broker-wire.js';
import { example } from './support/example.js';

class VideoUploaded extends message('video.uploaded') {
  @IsString() readonly title: string;
}
const videos = plainTopic('example-async-send', { events: { uploaded: VideoUploaded }, key: ({ title }) => title });

export const asyncSend = example(
  'async-send',
  'the sender goes on at once and a callback hears how it ended; closing waits for the last callback',
  async ({ here, say, expect, until, closing }) => {
    const wire = closing(await openBrokerWire(here.connection.endpoint));
    const site = closing(
      await connect({ ...here, connection: { ...here.connection, endpoint: wire.address }, publishes: [videos] }),
    );
    const told: string[] = [];
    const announce = (title: string): SendCallback => ({
      onSuccess: ({ status, offset }) => {
        told.push(`${title}: ${status}`);
        say(`callback: "${title}" is ${status} at offset ${offset}; its transcoding can begin`);
      },
      onException: ({ name }) => {
        told.push(`${title}: ${name}`);
        say(`callback: "${title}" failed with ${name}; nobody sends it again by itself`);
      },
    });

    for (const title of ['cats', 'dogs']) site.sendAsync(videos.uploaded, { title }, announce(title));
    say('two uploads are announced, and the page is answered at once');
    expect('callbacks so far', told.length, 0);
    await until('both callbacks have run', () => told.length === 2);
    expect('callbacks', told.toSorted(), ['cats: SEND_OK', 'dogs: SEND_OK']);

    wire.trapCall({ call: 'SendMessage', effect: 'never-arrives' });
    // The callback decides: this one sends once more, a second later.
    site.sendAsync(
      videos.uploaded,
      { title: 'birds' },
      {
        onException: async (error) => {
          await announce('birds').onException(error);
          await new Promise((resolve) => setTimeout(resolve, 1_000));
          site.sendAsync(videos.uploaded, { title: 'birds' }, announce('birds'));
        },
      },
    );
    say('the third one meets a broken connection, and the program ends meanwhile');
    await site.close();
    say('closed');
    expect('closing waited for the last callback, and for what it sent', told.slice(2), [
      'birds: BrokerUnavailableError',
      'birds: SEND_OK',
    ]);
  },
);
