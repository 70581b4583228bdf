import { EnvironmentError, type EnvironmentReader, readEnvironment } from './index.js';

const read = (env: EnvironmentReader) => ({
  port: env.port('ORDER_PORT', 3000),
  database: env.url('ORDER_DATABASE_URL', { protocols: ['postgres:', 'postgresql:'] }),
  endpoint: env.endpoint('ROCKETMQ_ENDPOINT', '127.0.0.1:8081'),
  secret: env.optionalText('ROCKETMQ_SECRET_KEY'),
  tls: env.flag('ROCKETMQ_TLS', false),
  windowMs: env.integer('PAYMENT_WINDOW_MS', { default: 1_800_000, min: 1_000, max: 86_000_000 }),
  level: env.oneOf('LOG_LEVEL', ['debug', 'info'], 'info'),
});
const enough = { ORDER_DATABASE_URL: 'postgres://app@127.0.0.1/halfway_order' };

const problemsOf = (source: NodeJS.ProcessEnv) => {
  try {
    readEnvironment(read, source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.problems;
    throw error;
  }
  return [];
};

it('gives typed values and defaults', () => {
  expect(readEnvironment(read, { ...enough, ORDER_PORT: '0', ROCKETMQ_TLS: 'true', LOG_LEVEL: '' })).toEqual({
    port: 0,
    database: enough.ORDER_DATABASE_URL,
    endpoint: '127.0.0.1:8081',
    secret: undefined,
    tls: true,
    windowMs: 1_800_000,
    level: 'info',
  });
});

it('reports all problems at once, each with its remedy', () => {
  const problems = problemsOf({
    ORDER_PORT: '70000',
    ROCKETMQ_TLS: 'yes',
    PAYMENT_WINDOW_MS: '30m',
    LOG_LEVEL: 'loud',
  });
  expect(problems.map(({ variable, text }) => `${variable} ${text}`)).toEqual([
    'ORDER_PORT is "70000". Set it to a whole number from 0 to 65535.',
    'ORDER_DATABASE_URL is not set. Set it to postgres://… or postgresql://….',
    'ROCKETMQ_TLS is "yes". Set it to one of: true, false.',
    'PAYMENT_WINDOW_MS is "30m". Set it to a whole number from 1000 to 86000000.',
    'LOG_LEVEL is "loud". Set it to one of: debug, info.',
  ]);
});

it.each(['http://user:hunter2@host/db', 'hunter2', 'postgres//hunter2'])('never repeats a URL: %s', (url) => {
  const [problem] = problemsOf({ ORDER_DATABASE_URL: url });
  expect(problem?.text).toBe('is no URL of the form postgres://… or postgresql://….');
});

it.each(['localhost', 'localhost:', 'localhost:0', 'localhost:65536', 'http://localhost:1', 'a b:1', ':1', '::1:8081'])(
  'refuses the endpoint %s',
  (endpoint) => {
    expect(problemsOf({ ...enough, ROCKETMQ_ENDPOINT: endpoint })).toHaveLength(1);
  },
);

it.each(['localhost:1', '10.0.0.1:8081', '[::1]:8081', 'mq.example.org:8081'])('takes the endpoint %s', (endpoint) => {
  expect(problemsOf({ ...enough, ROCKETMQ_ENDPOINT: endpoint })).toHaveLength(0);
});

it.each<[NodeJS.ProcessEnv, object | undefined]>([
  [{}, undefined],
  [
    { KEY: 'a', SECRET: 'b' },
    { key: 'a', secret: 'b' },
  ],
])('takes a key with its secret, or neither: %j', (source, expected) => {
  expect(readEnvironment((env) => env.credentials('KEY', 'SECRET'), source)).toEqual(expected);
});

it.each([
  [{ KEY: 'hunter2' }, 'SECRET is not set, but KEY is. Set both or neither.'],
  [{ SECRET: 'hunter2' }, 'KEY is not set, but SECRET is. Set both or neither.'],
])('refuses half of the credentials: %j', (source, text) => {
  expect(() => readEnvironment((env) => env.credentials('KEY', 'SECRET'), source)).toThrow(text);
});

it.each<[NodeJS.ProcessEnv, number | undefined]>([
  [{}, undefined],
  [{ PORT: '0' }, 0],
  [{ PORT: '3010' }, 3010],
])('takes a port that may be absent: %j', (source, expected) => {
  expect(readEnvironment((env) => env.optionalPort('PORT'), source)).toBe(expected);
});

it.each([{}, { SECRET: 'hunter2' }, { SECRET: 'with spaces, hunter2' }, { SECRET: 'hunter2-with-\u00fcmlaut' }])(
  'refuses a secret that is absent, short or unfit for a header, and never repeats it: %j',
  (source) => {
    const reading = (): unknown => readEnvironment((env) => env.secret('SECRET', 16), source);
    expect(reading).toThrow('Set it to a secret of 16 or more printable ASCII characters without spaces.');
    expect(reading).not.toThrow('hunter2');
  },
);

it('takes a form of its own, and what is wrong with it from there', () => {
  const even = (text: string): number => {
    if (Number(text) % 2) throw new Error('Write an even number.');
    return Number(text);
  };
  expect(readEnvironment((env) => env.parsed('EVEN', even), { EVEN: '4' })).toBe(4);
  expect(readEnvironment((env) => env.parsed('EVEN', even), {})).toBeUndefined();
  expect(() => readEnvironment((env) => env.parsed('EVEN', even), { EVEN: '3' })).toThrow(
    'EVEN is not understood: Write an even number.',
  );
});
