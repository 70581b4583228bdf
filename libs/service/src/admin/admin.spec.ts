import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { type DynamicModule, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { pino } from 'pino';
import { AdminModule, createService, faultRoutes, HealthModule } from '../index.js';
import { AdminListener } from './admin-listener.js';
import type { AdminRoute } from './admin-route.js';
import { listening, running, stopAll, TOKEN } from './admin.fixture-spec.js';

const logger = pino({ level: 'silent' });
afterEach(stopAll);

describe('the admin listener', () => {
  const echo: AdminRoute = { method: 'PUT', path: '/echo', handle: ({ body }) => ({ body }) };

  it.each([
    ['no token', { authorization: '' }],
    ['another token', { authorization: 'Bearer a-token-that-somebody-guesses' }],
    ['the token without its scheme', { authorization: TOKEN }],
    ['the beginning of the token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
  ])('answers 401 to %s, whatever is asked', async (_, headers) => {
    const { ask } = await listening([echo]);
    for (const path of ['/echo', '/nothing']) {
      const { status, body, headers: answered } = await ask('PUT', path, '{"plan":', headers);
      expect({ status, code: body['code'] }).toEqual({ status: 401, code: 'ADMIN_UNAUTHORIZED' });
      expect(body['detail']).toContain('HALFWAY_ADMIN_TOKEN');
      expect(JSON.stringify(body)).not.toContain(TOKEN);
      expect(answered.get('www-authenticate')).toBe('Bearer');
      expect(answered.get('content-type')).toContain('application/problem+json');
    }
  });

  it('listens on the loopback only', async () => {
    const { port } = await listening([]);
    const outside = Object.values(networkInterfaces())
      .flat()
      .filter((address) => address && !address.internal && address.family === 'IPv4');
    for (const { address } of outside as { address: string }[]) {
      const refused = new Promise((resolve, reject) => {
        request({ host: address, port })
          .on('error', (error: NodeJS.ErrnoException) => resolve(error.code))
          .on('response', () => reject(new Error(`${address} answered`)))
          .end();
      });
      expect(await refused).toBe('ECONNREFUSED');
    }
  });

  it('says what there is to somebody who asks for something else', async () => {
    const { ask } = await listening(faultRoutes(undefined));
    expect(await ask('GET', '/fault')).toMatchObject({
      status: 404,
      body: {
        code: 'ADMIN_ROUTE_NOT_FOUND',
        detail: 'There is no such route here. There are: GET /faults, PUT /faults, DELETE /faults.',
      },
    });
  });

  it('refuses a body that is too large, is no JSON, or reaches for a prototype', async () => {
    const { ask } = await listening([echo]);
    expect(await ask('PUT', '/echo', { text: 'x'.repeat(70_000) })).toMatchObject({ status: 413 });
    expect(await ask('PUT', '/echo', '{')).toMatchObject({ status: 400 });
    expect(await ask('PUT', '/echo', '{"__proto__":{}}')).toMatchObject({ status: 400 });
  });

  it('tells nothing of an error that nobody foresaw', async () => {
    const handle = (): never => {
      throw new TypeError('secret');
    };
    const { ask } = await listening([{ method: 'GET', path: '/broken', handle }]);
    const { status, body } = await ask('GET', '/broken');
    expect({ status, code: body['code'] }).toEqual({ status: 500, code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('stops although a request hangs', async () => {
    let entered: (nothing: undefined) => void;
    const inside = new Promise((resolve) => (entered = resolve));
    const handle = (): Promise<never> => {
      entered(undefined);
      return new Promise(() => undefined);
    };
    const { ask } = await listening([{ method: 'GET', path: '/slow', handle }]);
    const asked = ask('GET', '/slow').then(
      () => 'answered',
      () => 'cut off',
    );
    await inside;
    await running.pop()?.stop();
    expect(await asked).toBe('cut off');
  });
});

describe('a service with an admin listener', () => {
  @Module({})
  class FailingModule implements OnApplicationBootstrap {
    onApplicationBootstrap(): void {
      throw new Error('This module fails to start.');
    }
  }

  const apps: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  const serviceWith = async (port: number | undefined, imports: DynamicModule['imports'] = []) => {
    const admin = port === undefined ? undefined : { port, token: TOKEN };
    const module: DynamicModule = {
      module: class Root {},
      imports: [
        HealthModule.forRoot({ checks: [] }),
        AdminModule.forRootAsync({ admin, logger, useFactory: () => faultRoutes(undefined) }),
        ...imports,
      ],
    };
    const app = await createService({ name: 'test', title: 'test', description: '', version: '1', module, logger });
    apps.push(app);
    return app;
  };
  const freePort = async (): Promise<number> => {
    const listener = new AdminListener({ port: 0, token: TOKEN }, [], logger);
    await listener.start();
    const { port } = listener;
    await listener.stop();
    return port;
  };
  const answers = (port: number): Promise<number> =>
    fetch(`http://127.0.0.1:${port}/faults`).then(
      ({ status }) => status,
      () => 0,
    );

  it('has it as long as it runs, and none of its routes on the public port', async () => {
    const port = await freePort();
    const app = await serviceWith(port);
    expect(await answers(port)).toBe(401);
    expect((await app.inject({ url: '/faults', headers: { authorization: `Bearer ${TOKEN}` } })).statusCode).toBe(404);
    await app.close();
    expect(await answers(port)).toBe(0);
  });

  it('has none unless it is told where', async () => {
    const app = await serviceWith(undefined);
    expect(() => app.get(AdminModule, { strict: false })).toThrow('does not exist');
  });

  it('leaves none behind when it cannot start', async () => {
    const port = await freePort();
    await expect(serviceWith(port, [FailingModule])).rejects.toThrow('fails to start');
    expect(await answers(port)).toBe(0);
  });
});
