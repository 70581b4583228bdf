import { connect } from 'node:net';
import { Body, Controller, Get, HttpCode, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { brokerCheck, createService, databaseCheck, HealthModule, IsPrintable, provideProblems } from './index.js';

class Line {
  @IsPrintable() readonly sku: string;
  @IsInt() @Min(1) @Max(1000) readonly quantity: number;
}
class Parcel {
  @IsPrintable() readonly parcelId: string;
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(3)
  @ValidateNested({ each: true })
  @Type(() => Line)
  readonly lines: readonly Line[];
}
class Sku {
  @IsPrintable() readonly sku: string;
}
class Page {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(100) readonly limit?: number;
}

const failures: Readonly<Record<string, () => Error>> = {
  'known-code': () => Object.assign(new Error('No such parcel.'), { code: 'PARCEL_NOT_FOUND' }),
  'known-code-with-places': () =>
    Object.assign(new Error('Unknown sku.'), {
      code: 'SKU_UNKNOWN',
      errors: [{ pointer: '/lines/0/sku', detail: 'x' }],
    }),
  'in-flight': () => Object.assign(new Error('In flight.'), { code: 'IN_FLIGHT' }),
  'in-doubt': () => Object.assign(new Error('secret operator text'), { code: 'MQ_TRANSACTION_IN_DOUBT' }),
  'broker-down': () => Object.assign(new Error('secret operator text'), { code: 'MQ_BROKER_UNAVAILABLE' }),
  refused: () => Object.assign(new AggregateError([new Error('secret')]), { code: 'ECONNREFUSED' }),
  'pool-timeout': () => new Error('timeout exceeded when trying to connect'),
  terminated: () => Object.assign(new Error('secret'), { code: '57P01' }),
  'orm-lost-it': () => new Error('Query runner already released. Cannot run queries anymore.'),
  'disk-full': () => Object.assign(new Error('secret'), { code: '53100' }),
  'wrapped-by-orm': () => new Error('secret', { cause: Object.assign(new Error('secret'), { code: '08006' }) }),
  'unique-violation': () => Object.assign(new Error('duplicate key secret'), { code: '23505' }),
  bug: () => new TypeError("secret: can't read x of undefined"),
};

let handled = 0;
@Controller()
class ParcelController {
  @Post('parcels/:sku')
  @HttpCode(201)
  create(@Param() { sku }: Sku, @Body() body: Parcel): object {
    handled += 1;
    return { sku, parcelId: body.parcelId, lines: body.lines };
  }
  @Get('parcels')
  list(@Query() { limit = 20 }: Page): object {
    return { limit };
  }
  @Get('fail/:how')
  fail(@Param('how') how: string): never {
    throw failures[how]?.() ?? new Error('unknown failure');
  }
}

let database: () => Promise<unknown> = () => Promise.resolve();
const registry = new Registry();
@Module({
  imports: [HealthModule.forRoot({ checks: [databaseCheck({ query: () => database() })], registry })],
  controllers: [ParcelController],
  providers: [
    provideProblems({
      PARCEL_NOT_FOUND: 404,
      SKU_UNKNOWN: 422,
      IN_FLIGHT: { status: 409, retryAfterSeconds: 1 },
    }),
  ],
})
class ParcelModule {}

const about = { name: 'parcel', title: 'Parcels', description: 'A test service.', version: '1' };
const valid = { parcelId: 'p-1', lines: [{ sku: 'A', quantity: 1 }] };
const logged: string[] = [];
let app: NestFastifyApplication;

beforeAll(async () => {
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  app = await createService({ ...about, module: ParcelModule, logger });
});
afterAll(() => app.close());
beforeEach(() => {
  handled = 0;
  logged.length = 0;
});

const json = { 'content-type': 'application/json' };
const post = (payload: string | Buffer, headers: Record<string, string> = json, url = '/parcels/A') =>
  app.inject({ method: 'POST', url, headers, payload });
const withBody = (change: object) => post(JSON.stringify({ ...valid, ...change }));

describe('a request that is fine', () => {
  it('is answered, with the request id of the client', async () => {
    const answer = await post(JSON.stringify(valid), { ...json, 'x-request-id': 'abc-1' });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ sku: 'A', ...valid });
    expect(answer.headers['x-request-id']).toBe('abc-1');
    expect(answer.headers['x-powered-by']).toBeUndefined();
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });
  it('gets a request id of ours when its own could do harm', async () => {
    const answer = await post(JSON.stringify(valid), { ...json, 'x-request-id': 'a b"{}' });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
  it.each(['ä', 'snow ☃ man', '🎈'.repeat(64), 'a/b'])('may have the sku %s', async (sku) => {
    const answer = await post(JSON.stringify(valid), json, `/parcels/${encodeURIComponent(sku)}`);
    expect(answer.json()).toMatchObject({ sku });
  });
  it('has query parameters turned into numbers', async () => {
    expect((await app.inject('/parcels?limit=7')).json()).toEqual({ limit: 7 });
  });
});

describe('a body that is not valid is refused with 400 and a pointer', () => {
  it.each<[string, object, string]>([
    ['an unknown field', { extra: 1 }, '/extra'],
    ['an unknown field inside', { lines: [{ sku: 'A', quantity: 1, price: 1 }] }, '/lines/0/price'],
    ['no lines', { lines: [] }, '/lines'],
    ['too many lines', { lines: Array.from({ length: 4 }, () => valid.lines[0]) }, '/lines'],
    ['lines that are no array', { lines: 'A' }, '/lines'],
    ['a line that is null', { lines: [null] }, '/lines/0'],
    ['a line that is an array', { lines: [[]] }, '/lines/0'],
    ['quantity as text', { lines: [{ sku: 'A', quantity: '1' }] }, '/lines/0/quantity'],
    ['quantity zero', { lines: [{ sku: 'A', quantity: 0 }] }, '/lines/0/quantity'],
    ['a fraction', { lines: [{ sku: 'A', quantity: 1.5 }] }, '/lines/0/quantity'],
    ['a huge quantity', { lines: [{ sku: 'A', quantity: 1e300 }] }, '/lines/0/quantity'],
    ['lines in an array of their own', { lines: [valid.lines] }, '/lines/0'],
    ['no id', { parcelId: undefined }, '/parcelId'],
    ['an empty id', { parcelId: '' }, '/parcelId'],
    ['an id of 65 characters', { parcelId: 'x'.repeat(65) }, '/parcelId'],
    ['an id with a line break', { parcelId: 'a\nb' }, '/parcelId'],
    ['an id with a NUL character', { parcelId: 'a\0b' }, '/parcelId'],
    ['an id of spaces', { parcelId: '   ' }, '/parcelId'],
    ['an id with a lone surrogate', { parcelId: '\ud800' }, '/parcelId'],
    ['an id that reverses the text', { parcelId: 'a\u202eb' }, '/parcelId'],
    ['an id that is an object', { parcelId: { $ne: 1 } }, '/parcelId'],
  ])('%s', async (_, change, pointer) => {
    const answer = await withBody(change);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json()).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', title: 'Validation failed' });
    expect(answer.json<{ errors: { pointer: string }[] }>().errors.map((flaw) => flaw.pointer)).toContain(pointer);
    expect(handled).toBe(0);
  });
});

describe('a request that cannot be read is refused', () => {
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['half a document', '{"parcelId":', json, 400, 'MALFORMED_REQUEST'],
    ['no body', '', json, 400, 'VALIDATION_FAILED'],
    ['null', 'null', json, 400, 'VALIDATION_FAILED'],
    ['an array', '[]', json, 400, 'VALIDATION_FAILED'],
    ['an array of one', JSON.stringify([valid]), json, 400, 'VALIDATION_FAILED'],
    ['a text', '"x"', json, 400, 'VALIDATION_FAILED'],
    ['a number', '5', json, 400, 'VALIDATION_FAILED'],
    ['true', 'true', json, 400, 'VALIDATION_FAILED'],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), json, 400, 'MALFORMED_REQUEST'],
    ['__proto__', '{"__proto__":{"x":1},"parcelId":"p"}', json, 400, 'VALIDATION_FAILED'],
    ['constructor', '{"constructor":{"prototype":{"x":1}}}', json, 400, 'VALIDATION_FAILED'],
    ['what every object has', JSON.stringify({ ...valid, toString: 1 }), json, 400, 'VALIDATION_FAILED'],
    ['what every object has, inside', '{"lines":[{"hasOwnProperty":{}}]}', json, 400, 'VALIDATION_FAILED'],
    ['__proto__ inside', '{"lines":[{"__proto__":{}}]}', json, 400, 'VALIDATION_FAILED'],
    ['nesting without end', deep, json, 400, 'VALIDATION_FAILED'],
    ['brackets without end', '['.repeat(60_000), json, 400, 'MALFORMED_REQUEST'],
    ['over 64 KiB', `"${'x'.repeat(64 * 1024)}"`, json, 413, 'BODY_TOO_LARGE'],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['plain text', JSON.stringify(valid), { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['XML', '<a/>', { 'content-type': 'application/xml' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['no media type', JSON.stringify(valid), { 'content-type': 'nonsense' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('%s', async (_, payload, headers, status, code) => {
    const answer = await post(payload, headers);
    expect(answer.json()).toMatchObject({ status, code });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['x-request-id']).toBeDefined();
    expect(answer.body).not.toMatch(/\\n|node_modules|SyntaxError/);
    expect(handled).toBe(0);
  });

  it.each<[string, 'GET' | 'PUT' | 'POST', string, number, string]>([
    ['an unknown route', 'GET', '/nothing', 404, 'ROUTE_NOT_FOUND'],
    ['a method that the route lacks', 'PUT', '/parcels/A', 404, 'ROUTE_NOT_FOUND'],
    ['a percent sign alone', 'GET', '/fail/%', 400, 'MALFORMED_REQUEST'],
    ['broken percent-encoding', 'GET', '/fail/%ff%fe', 400, 'MALFORMED_REQUEST'],
    ['NUL in the path', 'POST', '/parcels/a%00b', 400, 'VALIDATION_FAILED'],
    ['a line break in the path', 'POST', '/parcels/a%0d%0ab', 400, 'VALIDATION_FAILED'],
    ['65 characters in the path', 'POST', `/parcels/${'x'.repeat(65)}`, 400, 'VALIDATION_FAILED'],
    ['2000 characters in the path', 'POST', `/parcels/${'x'.repeat(2000)}`, 414, 'URL_TOO_LONG'],
    ['a query that is no number', 'GET', '/parcels?limit=ten', 400, 'VALIDATION_FAILED'],
    ['an unknown query parameter', 'GET', '/parcels?page=1', 400, 'VALIDATION_FAILED'],
    ['a query parameter twice', 'GET', '/parcels?limit=1&limit=2', 400, 'VALIDATION_FAILED'],
    ['a prototype as query', 'GET', '/parcels?__proto__=1', 400, 'VALIDATION_FAILED'],
    ['what every object has as query', 'GET', '/parcels?toString=1', 400, 'VALIDATION_FAILED'],
  ])('%s', async (_, method, url, status, code) => {
    const answer = await app.inject({ method, url, ...(method === 'POST' ? { payload: valid } : {}) });
    expect(answer.json()).toMatchObject({ status, code });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(handled).toBe(0);
  });
});

describe('an error becomes an answer that tells nothing of the inside', () => {
  it.each<[string, number, string, string | undefined]>([
    ['known-code', 404, 'PARCEL_NOT_FOUND', undefined],
    ['known-code-with-places', 422, 'SKU_UNKNOWN', undefined],
    ['in-flight', 409, 'IN_FLIGHT', '1'],
    ['in-doubt', 503, 'MQ_TRANSACTION_IN_DOUBT', '1'],
    ['broker-down', 503, 'MQ_BROKER_UNAVAILABLE', '2'],
    ['refused', 503, 'TEMPORARILY_UNAVAILABLE', '1'],
    ['pool-timeout', 503, 'TEMPORARILY_UNAVAILABLE', '1'],
    ['terminated', 503, 'TEMPORARILY_UNAVAILABLE', '1'],
    ['orm-lost-it', 503, 'TEMPORARILY_UNAVAILABLE', '1'],
    ['disk-full', 503, 'TEMPORARILY_UNAVAILABLE', '1'],
    ['wrapped-by-orm', 503, 'TEMPORARILY_UNAVAILABLE', '1'],
    ['unique-violation', 500, 'INTERNAL_ERROR', undefined],
    ['bug', 500, 'INTERNAL_ERROR', undefined],
  ])('%s is %i', async (how, status, code, retryAfter) => {
    const answer = await app.inject(`/fail/${how}`);
    expect(answer.json()).toMatchObject({ status, code, type: expect.stringMatching(/^urn:halfway:problem:/) });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(answer.body).not.toMatch(/secret|stack|\\n/);
  });

  it('names the places that a domain error is about', async () => {
    const answer = await app.inject('/fail/known-code-with-places');
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/lines/0/sku', detail: 'x' }] });
  });

  it('is logged with the request id when it is ours', async () => {
    await app.inject({ url: '/fail/bug', headers: { 'x-request-id': 'find-me' } });
    const line = logged.map((text) => JSON.parse(text)).find((entry) => entry.msg === 'request failed');
    expect(line).toMatchObject({ requestId: 'find-me', route: '/fail/:how', code: 'INTERNAL_ERROR' });
  });
});

describe('what every service has', () => {
  it('says that it lives and that it is ready', async () => {
    expect((await app.inject('/health/live')).json()).toEqual({ status: 'live' });
    const answer = await app.inject('/health/ready');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ status: 'ready', checks: { database: { status: 'up' } } });
  });
  it('answers 503 with reason and remedy while its database is down', async () => {
    database = () => Promise.reject(new Error('postgres://user:password@host'));
    const answer = await app.inject('/health/ready');
    database = () => Promise.resolve();
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ status: 'not ready', checks: { database: { status: 'down' } } });
    expect(answer.body).toMatch(/npm run stack/);
    expect(answer.body).not.toMatch(/password/);
  });
  it.each([
    [{ ready: true, parts: [] }, undefined],
    [
      { ready: false, parts: [{ name: 'group x', connected: false, reason: 'ECONNREFUSED' }], reason: 'no route' },
      'RocketMQ is not reached (group x: no route: ECONNREFUSED). Check ROCKETMQ_ENDPOINT and "npm run stack -- status".',
    ],
  ])('tells what of the messaging is not connected: %j', async (readiness, text) => {
    const outcome = brokerCheck({ check: () => Promise.resolve(readiness) })
      .check()
      .then(
        () => undefined,
        (error: Error) => error.message,
      );
    expect(await outcome).toBe(text);
  });
  it('shows metrics of its requests by route, never by URL', async () => {
    await app.inject('/fail/bug');
    const { body } = await app.inject('/metrics');
    expect(body).toMatch(
      /halfway_http_request_duration_seconds_count\{method="GET",route="\/fail\/:how",status="500"\}/,
    );
  });
  it('documents its routes and serves Swagger UI under its own security policy', async () => {
    const { paths } = (await app.inject('/docs-json')).json<{ paths: object }>();
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/parcels/{sku}', '/health/ready']));
    const page = await app.inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    // The policy allows no inline script, so the page must not need one.
    expect(page.body).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
    for (const [, asset] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await app.inject(new URL(String(asset), 'http://x/docs').pathname)).statusCode).toBe(200);
    }
  });
});

it('answers bytes that are no HTTP with a 400, and closes the connection', async () => {
  const other = await createService({ ...about, module: ParcelModule, logger: pino({ level: 'silent' }) });
  try {
    await other.listen(0, '127.0.0.1');
    const { port } = other.getHttpServer().address() as { port: number };
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      socket.on('data', (chunk) => (text += chunk.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('"code":"MALFORMED_REQUEST"');
  } finally {
    await other.close();
  }
});
