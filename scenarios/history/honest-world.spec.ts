import fc from 'fast-check';
import { pick, randomOf } from '../support/random.js';
import { checkHistory } from './check-history.js';
import { convict } from './convict.js';
import { harms } from './harm.fixture-spec.js';
import { honestHistory, type Told } from './honest-world.fixture-spec.js';
import type { Operation } from './operation.js';
import { condense } from './witnesses.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const underWay = ({ seen: _seen, status: _status, ...operation }: Operation): Operation => ({
  ...operation,
  endedAt: Infinity,
  outcome: 'unknown',
});
const violations = ({ operations, final }: Told) => checkHistory({ operations, convictions: [] }, final);

it('acquits every honest history, whatever was lost on the way', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const told = honestHistory(seed);
      expect(violations(told)).toEqual([]);
      expect(checkHistory({ operations: told.operations, convictions: [] })).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it.each(Object.entries(harms))('convicts a history in which %s', (_what, harm) => {
  let harmed = 0;
  fc.assert(
    fc.property(seeds, (seed) => {
      const told = harm(honestHistory(seed), randomOf(seed));
      if (!told) return;
      harmed += 1;
      expect(violations(told).length).toBeGreaterThan(0);
    }),
    { numRuns: 100 },
  );
  expect(harmed).toBeGreaterThan(10);
});

it('convicts what it would have convicted, and no more, when the past is condensed at any moment', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 1_500 }), (seed, at) => {
      const random = randomOf(seed);
      const honest = honestHistory(seed);
      const told = pick(random, Object.values(harms))(honest, random) ?? honest;
      const ended = told.operations.filter(({ endedAt }) => endedAt < at);
      const later = told.operations.filter(({ endedAt }) => endedAt >= at);
      const open = later.filter(({ invokedAt }) => invokedAt < at).map(underWay);
      const convictions = convict([...ended, ...open]);
      const condensed = { operations: [...condense(ended, open), ...later], convictions };
      expect(checkHistory(condensed, told.final).length > 0).toBe(violations(told).length > 0);
    }),
    { numRuns: 500 },
  );
});
