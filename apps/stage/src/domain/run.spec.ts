import { Run, type RunEvent, type Step } from './run.js';

const step = (what: string): Step => ({ at: '2026-01-01T00:00:00.000Z', who: 'client', what });
const now = new Date('2026-01-01T00:00:01Z');
const played = { runId: '1', scenario: 'happy-path', flow: 'reserve-on-commit' };
const conclusion = { state: 'HOLDS', durationMs: 5, checks: [], timeline: [] } as const;

async function collect(events: AsyncIterable<RunEvent>): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const event of events)
    seen.push(event.kind === 'step' ? `${event.index} ${event.step.what}` : event.record.state);
  return seen;
}

describe('a run', () => {
  it('shows a follower every step from the first, whenever they come, and then the end', async () => {
    const run = Run.queue(played, now);
    run.begin(now);
    run.add(step('before'));
    const following = collect(run.follow());
    run.add(step('while'));
    await Promise.resolve();
    run.add(step('later'));
    run.conclude(conclusion, now);
    expect(await following).toEqual(['0 before', '1 while', '2 later', 'HOLDS']);
  });

  it('goes on after the last step that a follower has seen', async () => {
    const run = Run.queue(played, now);
    run.add(step('seen'));
    run.add(step('new'));
    run.conclude(conclusion, now);
    expect(await collect(run.follow(1))).toEqual(['1 new', 'HOLDS']);
  });

  it('says nothing about the system when it is abandoned', async () => {
    const run = Run.queue(played, now);
    run.begin(now);
    run.abandon('the stage stopped', now);
    expect(run.record).toMatchObject({ state: 'ABANDONED', reason: 'the stage stopped', verdict: null });
    expect(await collect(run.follow())).toEqual(['ABANDONED']);
  });

  it('keeps its verdict when it is abandoned after its end', () => {
    const run = Run.queue(played, now);
    run.conclude(conclusion, now);
    run.abandon('too late', now);
    expect(run.record.state).toBe('HOLDS');
  });
});
