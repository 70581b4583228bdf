import { styleFor } from '../report/style.js';
import { describePass, passAsJson } from './describe-pass.js';
import { watchAudit, type Pass } from './watch.js';
import { worlds, type World, type Worlds } from './world.fixture-spec.js';

let copies: Worlds;
let world: World;
beforeAll(async () => {
  copies = await worlds();
  world = await copies.one();
});
afterAll(async () => {
  await world.drop();
  await copies.drop();
});

/** Looks once for each step; what is done between two looks is up to the step. */
async function watching(steps: readonly (() => unknown)[], databases = world.databases) {
  const stop = new AbortController();
  const passes: Pass[] = [];
  const left = [...steps];
  for await (const pass of watchAudit({ ...databases, everyMs: 1, signal: stop.signal })) {
    passes.push(pass);
    const step = left.shift();
    if (step) await step();
    else stop.abort();
  }
  return passes;
}

const lie = () => world.change('inventory', `update stock set total = total + 1 where sku = 'pot'`);
const truth = () => world.change('inventory', `update stock set total = total - 1 where sku = 'pot'`);
const told = (passes: readonly Pass[]) =>
  passes.map(({ result }) =>
    result.judged
      ? [result.audit.holds, result.appeared.map(({ id }) => id), result.gone.map(({ id }) => id)]
      : 'not judged',
  );

it('tells once that a violation appeared, and once that it is gone', async () => {
  const passes = await watching([lie, () => {}, truth, () => {}]);
  expect(told(passes)).toEqual([
    [true, [], []],
    [false, ['I2'], []],
    [false, [], []],
    [true, [], ['I2']],
    [true, [], []],
  ]);
  const [, second = passes[0]!, third = passes[0]!, fourth = passes[0]!] = passes;
  const lines = [second, third, fourth].map((pass) => describePass(pass, styleFor({}, {})).replace(/\d+ ms/, 'n ms'));
  expect(lines).toEqual([
    expect.stringMatching(
      /^\d\d:\d\d:\d\d ✘ 1 of \d+ invariants are broken over \d+ orders \(n ms\): I2 1\n +appeared {2}I2 total = .*: 1, e\.g\. {"sku":"pot"/,
    ),
    expect.stringMatching(/: I2 1$/),
    expect.stringMatching(/ ✔ all \d+ invariants hold over \d+ orders \(n ms\)\n +gone {6}I2 total = /),
  ]);
  expect(JSON.parse(passAsJson(second))).toMatchObject({
    judged: true,
    holds: false,
    violations: { I2: 1 },
    appeared: [{ id: 'I2', violations: 1 }],
    gone: [],
  });
});

it('does not judge while a database is away, and remembers what it knew', async () => {
  const name = new URL(world.databases.inventoryDatabaseUrl).pathname.slice(1);
  const connections = (allowed: boolean) => world.admin(`alter database ${name} with allow_connections ${allowed}`);
  const passes = await watching([lie, () => connections(false), () => connections(true), truth]);
  expect(told(passes)).toEqual([
    [true, [], []],
    [false, ['I2'], []],
    'not judged',
    [false, [], []],
    [true, [], ['I2']],
  ]);
  expect(describePass(passes[2] ?? passes[0]!, styleFor({}, {}))).toMatch(
    / – not judged: .*not currently accepting connections/,
  );
  expect(JSON.parse(passAsJson(passes[2] ?? passes[0]!))).toMatchObject({ judged: false, reason: expect.any(String) });
});

it('does not judge by a server that nobody reaches, and ends in the middle of a look', async () => {
  const nowhere = {
    orderDatabaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    inventoryDatabaseUrl: 'postgres://nobody@127.0.0.1:1/none',
  };
  expect((await watching([], nowhere)).map(({ result }) => result)).toEqual([
    { judged: false, reason: expect.stringContaining('ECONNREFUSED') },
  ]);
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  const passes: Pass[] = [];
  for await (const pass of watchAudit({ ...world.databases, signal: stop.signal })) passes.push(pass);
  expect(passes).toEqual([]);
});
