import { Random } from './random.js';

const draws = (random: Random) => Array.from({ length: 20 }, () => random.integer(1, 6));

it('draws the same again from the same seed and name, and other numbers from others', () => {
  expect(draws(Random.derived(1, 'C7.K'))).toEqual(draws(Random.derived(1, 'C7.K')));
  expect(draws(Random.derived(1, 'C7.K'))).not.toEqual(draws(Random.derived(2, 'C7.K')));
  expect(draws(Random.derived(1, 'C7.K'))).not.toEqual(draws(Random.derived(1, 'C7.E')));
});

it('keeps within its bounds, and reaches them', () => {
  const random = new Random(3);
  const seen = new Set(Array.from({ length: 50 }, () => draws(random)).flat());
  expect(seen).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});

it('picks by weight', () => {
  const random = new Random(5);
  const picked = Array.from({ length: 1_000 }, () => random.weighted({ often: 9, seldom: 1, never: 0 }));
  const share = (name: string): number => picked.filter((each) => each === name).length / picked.length;
  expect(share('often')).toBeGreaterThan(0.85);
  expect(share('seldom')).toBeGreaterThan(0.05);
  expect(share('never')).toBe(0);
});
