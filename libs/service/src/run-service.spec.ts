import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { Controller, Get, Module } from '@nestjs/common';
import { pino } from 'pino';
import { createService, EnvironmentError, stopGracefully } from './index.js';
import { bootProblems } from './boot-problems.js';

let finish: () => void = () => undefined;
let started: () => void = () => undefined;
@Controller()
class SlowController {
  @Get('slow')
  async slow(): Promise<string> {
    started();
    await new Promise<void>((resolve) => (finish = resolve));
    return 'done';
  }
  @Get('quick')
  quick(): string {
    return 'done';
  }
}
@Module({ controllers: [SlowController] })
class SlowModule {}

async function listening() {
  const options = { name: 'slow', title: 'Slow', description: '', version: '1' };
  const app = await createService({ ...options, module: SlowModule, logger: pino({ level: 'silent' }) });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const agent = new Agent({ keepAlive: true });
  const answerTo = async (path: string): Promise<IncomingMessage> => {
    const [answer] = (await once(get({ host: '127.0.0.1', port, path, agent }), 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer;
  };
  return { app, agent, answerTo };
}

describe('a graceful stop', () => {
  it('answers the request under way, tells the client to close, and does not wait for idle connections', async () => {
    const { app, agent, answerTo } = await listening();
    expect((await answerTo('/quick')).headers.connection).toBe('keep-alive');
    const underWay = new Promise<void>((resolve) => (started = resolve));
    const slow = answerTo('/slow');
    await Promise.all([underWay, answerTo('/quick')]);
    const begun = performance.now();
    const stopped = stopGracefully(app, 10_000);
    // The stop has begun when new connections are refused.
    while (app.getHttpServer().listening) await new Promise(setImmediate);
    finish();
    const answer = await slow;
    await stopped;
    expect(answer.statusCode).toBe(200);
    expect(answer.headers.connection).toBe('close');
    expect(performance.now() - begun).toBeLessThan(5_000);
    agent.destroy();
  });

  it('cuts off a request that takes too long', async () => {
    const { app, agent, answerTo } = await listening();
    const underWay = new Promise<void>((resolve) => (started = resolve));
    const slow = answerTo('/slow').catch((error: NodeJS.ErrnoException) => error.code);
    await underWay;
    await stopGracefully(app, 50);
    expect(await slow).toBe('ECONNRESET');
    finish();
    agent.destroy();
  });
});

describe('a failed start is explained', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:15432'), {
    code: 'ECONNREFUSED',
    address: '127.0.0.1',
    port: 15432,
  });
  it.each<[string, unknown, readonly string[]]>([
    [
      'a wrong environment',
      new EnvironmentError([
        { variable: 'A', text: 'is not set. Set it.' },
        { variable: 'B', text: 'is "x". Set it to y.' },
      ]),
      ['A is not set. Set it.', 'B is "x". Set it to y.'],
    ],
    [
      'no server',
      Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' }),
      ['Nothing listens on 127.0.0.1:15432. Start it ("npm run stack -- up"), or correct its URL or endpoint.'],
    ],
    [
      'a missing table',
      Object.assign(new Error('relation "stock" does not exist'), { code: '42P01' }),
      ['relation "stock" does not exist: A table is missing. Run "npm run migrate".'],
    ],
    [
      'an unknown host',
      Object.assign(new Error('getaddrinfo ENOTFOUND db.invalid'), { code: 'ENOTFOUND' }),
      [expect.stringMatching(/^getaddrinfo ENOTFOUND db\.invalid: .* Correct it in the URL/)],
    ],
    ['a password in the text', new Error('no postgres://a:hunter2@h/d'), ['no postgres://a:***@h/d']],
    ['several problems', new AggregateError([new Error('one'), new Error('two')]), ['one', 'two']],
  ])('%s', (_, error, texts) => {
    expect(bootProblems(error)).toEqual(texts);
  });
});
