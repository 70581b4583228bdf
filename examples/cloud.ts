import { readFile } from 'node:fs/promises';
import { connect, message, plainTopic, type Connection } from '@halfway/mq';
import { IsString } from 'class-validator';
import { example } from './support/example.js';
import { securedBroker } from './support/secured-broker.js';

class LetterPosted extends message('letter.posted') {
  @IsString() readonly text: string;
}
const letters = plainTopic('example-cloud', { events: { posted: LetterPosted }, key: ({ text }) => text });

export const cloud = example(
  'cloud',
  'the same program against an endpoint with credentials and TLS: configuration only',
  async ({ here, say, expect, expectThat, until, closing, ours }) => {
    // On a local broker with access control 2.0 and TLS. A cloud's endpoint has a certificate of a public authority, and needs no own one.
    const { endpoint, accessKey, secretKey, caFile } = closing(await securedBroker());
    const rootCertificate = await readFile(caFile);
    say(`a broker with one user and a certificate of its own authority: ${endpoint}`);

    /** The program: not a line of it knows where it runs. */
    const program = async (connection: Connection): Promise<string[]> => {
      const received: string[] = [];
      const mail = closing(
        await connect({ ...here, connection: { ...here.connection, ...connection }, publishes: [letters] }),
      );
      await mail.subscribe(
        letters,
        { group: 'example-cloud' },
        ours(({ text }) => void received.push(text)),
      );
      await mail.send(letters.posted, { text: 'hello from outside' });
      await until('the letter arrives', () => received.length > 0);
      await mail.close();
      return received;
    };

    const right = { endpoint, accessKey, secretKey, tls: true, rootCertificate };
    expect('with endpoint, credentials and TLS', await program(right), ['hello from outside']);

    const refused = async (what: string, connection: Connection, fix: RegExp): Promise<void> => {
      const error = await program(connection).catch((reason: unknown) => reason);
      expectThat(
        `${what} is refused, and the error names the fix`,
        error instanceof Error && fix.test(error.message),
        error,
      );
    };
    await refused('a wrong secret', { ...right, secretKey: 'guessed' }, /Check the access key and the secret key/);
    await refused('an unknown user', { ...right, accessKey: 'nobody' }, /Check the access key and the secret key/);
    await refused(
      'an authority that is not trusted',
      { endpoint, accessKey, secretKey, tls: true },
      /"rootCertificate"/,
    );
    await refused(
      'a host that the certificate does not name',
      { ...right, endpoint: endpoint.replace('127.0.0.1', '127.0.0.2') },
      /names the host/,
    );
    say(
      'the names of it in the environment of the services: ROCKETMQ_ENDPOINT, ROCKETMQ_ACCESS_KEY, ROCKETMQ_SECRET_KEY, ROCKETMQ_TLS',
    );
    say('beware: the proxy still takes calls without TLS on the same port; close it from outside by the network');
  },
);
