import type { Cell } from '../chaos/cell.js';
import type { CellResult } from '../chaos/cell-result.js';
import type { Ablation } from './ablation.js';
import { draw } from './page.js';
import { prove, type PlayAblated } from './prove.js';

const cellOf = (id: string): Cell => ({ id, kind: 'K', title: '', expected: '', play: () => Promise.resolve() });
const cells = [cellOf('A'), cellOf('B')];
const ablation: Ablation = {
  name: 'lock',
  defence: 'a lock',
  without: 'two at once',
  edits: [],
  alsoOff: [],
  shownBy: ['A', 'B'],
  evidence: 'I3',
  expected: 'red',
};

/** Of `script`, `"<build> <cell> <seed>"` is red for the reason that stands there; everything else is green. */
function player(script: Readonly<Record<string, string>>) {
  const played: string[] = [];
  const play: PlayAblated = (name, _, { id, kind, title, expected }, seed) => {
    played.push(`${name} ${id} ${seed}`);
    const reason = script[`${name} ${id} ${seed}`];
    const about = { id, kind, title, expected, seed, happened: '', tookMs: 1, orders: 0, hurt: 0, invariants: 0 };
    const result: CellResult = {
      ...about,
      checks: [],
      broken: [],
      convictions: [],
      problems: [],
      ...(reason === undefined ? { result: 'green' } : { result: 'red', reason }),
    };
    return Promise.resolve(result);
  };
  const proving = (of: Ablation) => prove(of, { cells, seeds: [1, 2, 3], play, isOver: () => false });
  return { played, proving };
}

describe('a proof', () => {
  it('ends with the first cell that is red as foretold', async () => {
    const { played, proving } = player({ 'lock B 1': 'I3 reserved pieces' });
    expect(await proving(ablation)).toMatchObject({ holds: true });
    expect(played).toEqual(['lock A 1', 'lock B 1']);
  });

  it('goes on with the next seeds, and fails when nothing is noticed', async () => {
    const { played, proving } = player({});
    expect(await proving(ablation)).toMatchObject({ holds: false });
    expect(played).toHaveLength(6);
  });

  it('takes nothing that is red for another reason', async () => {
    const { proving } = player({ 'lock A 1': 'the broker did not start', 'lock B 3': 'too late' });
    expect(await proving(ablation)).toMatchObject({ holds: false });
  });

  it('plays the convicting cell of a pair with only the other half off', async () => {
    const pair = { ...ablation, alsoOff: ['sweeper'] };
    const { played, proving } = player({ 'lock A 2': 'I3' });
    expect(await proving(pair)).toMatchObject({ holds: true, control: { result: 'green' } });
    expect(played.at(-1)).toBe('lock.control A 2');
  });

  it('fails when the other half alone is red', async () => {
    const { proving } = player({ 'lock A 1': 'I3', 'lock.control A 1': 'I3' });
    expect(await proving({ ...ablation, alsoOff: ['sweeper'] })).toMatchObject({ holds: false });
  });

  it('plays every cell of what must stay green, and fails with one that is not', async () => {
    const free = { ...ablation, evidence: '', expected: 'green' } as const;
    const good = player({});
    expect(await good.proving(free)).toMatchObject({ holds: true });
    expect(good.played).toEqual(['lock A 1', 'lock B 1']);
    expect(await player({ 'lock A 1': 'I3' }).proving(free)).toMatchObject({ holds: false });
  });

  it('is a line of the page, what was foretold first', async () => {
    const proofs = [await player({ 'lock A 1': 'I3 | reserved' }).proving(ablation)];
    const page = draw({ startedAt: '2026-01-01T00:00:00Z', tookMs: 60_000, seeds: [1, 2, 3], lanes: 1, proofs });
    expect(page).toContain('**1 of 1 ablations are noticed**');
    expect(page).toContain(String.raw`| **lock**: a lock | two at once | A | 1 | I3 \| reserved | 1 | 0 s |`);
  });
});
