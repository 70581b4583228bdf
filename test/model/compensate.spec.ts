import { check } from './check.js';
import { chosen, compensate, type CompensateProtocol } from './compensate.model.js';

const without = (change: Partial<CompensateProtocol>) => compensate({ ...chosen, ...change });

describe('the compensating flow', () => {
  it('is safe and recovers by itself in all 6,348 states, whatever fails', () => {
    expect(check(compensate())).toMatchObject({ outcome: 'holds', states: 6348, steps: 44_883 });
  });

  it('holds when the process says nothing while in doubt: the check-back and the sweeper find out', () => {
    expect(check(without({ inDoubt: 'say nothing' }))).toMatchObject({ outcome: 'holds' });
  });

  it('needs no intent and no sweeper while the broker keeps what it has stored', () => {
    const protocol = { ...chosen, intent: false, sweeper: false };
    expect(check(compensate(protocol, false))).toMatchObject({ outcome: 'holds', states: 1030 });
  });

  it('tells every state apart', () => {
    const model = compensate();
    expect(check({ ...model, key: (s) => JSON.stringify(s) }).states).toBe(check(model).states);
  });
});

describe('the compensating flow with one defence removed', () => {
  it('holds stock for nobody when a return that comes first leaves no tombstone', () => {
    expect(check(without({ tombstone: false }))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the intent is written',
        'the broker stores the half message',
        'the deduction is asked for',
        'the process waits no longer for the answer',
        'the process aborts the attempt',
        'the broker delivers on COMMIT',
        'the inventory gives back',
        'the inventory deducts',
        'the order service hears "returned"',
        'time passes the fence',
      ],
      state: { decision: 'ABORTED', intent: 'RETURNED', held: 1 },
    });
  });

  it.each([
    ['"no row" means that the order failed', 'commit'],
    ['"no row" means that, once it is old enough: no age is', 'commit when old'],
  ] as const)('gives the stock of a standing order away when %s', (_, noRow) => {
    const found = check(without({ noRow }));
    expect(found).toMatchObject({ outcome: 'broken promise', promise: 'the stock of an order that stands is its own' });
    expect('trace' in found && found.trace).toEqual(
      expect.arrayContaining(['PostgreSQL inserts the decision row', 'a check-back is answered', 'PostgreSQL commits']),
    );
  });

  it('gives the stock of a standing order away when in doubt means failed', () => {
    expect(check(without({ inDoubt: 'commit' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'the stock of an order that stands is its own',
    });
  });

  it('holds stock for nobody when the broker loses the half message and no intent is swept', () => {
    expect(check(without({ intent: false, sweeper: false }))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'no intent is written',
        'the broker stores the half message',
        'the deduction is asked for',
        'the process is killed',
        'the inventory deducts',
        'the broker loses the half message',
        'time passes the fence',
      ],
      state: { decision: 'none', held: 1 },
    });
  });

  it('holds stock for nobody when the half message comes after the deduction, with nothing written before', () => {
    const late = { half: 'after the deduction', intent: false, sweeper: false } as const;
    expect(check(compensate({ ...chosen, ...late }, false))).toMatchObject({ outcome: 'stuck', state: { held: 1 } });
    // With the intent it would do: the row is what is sure, the half message what is fast.
    expect(check(without({ half: 'after the deduction' }))).toMatchObject({ outcome: 'holds' });
  });

  it('gives back more than was taken when the inventory does not look at the reservation', () => {
    expect(check(without({ returnsByState: false }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'what comes back is what was taken',
    });
  });

  it('leaves an intent open for ever when nobody sweeps', () => {
    expect(check(without({ sweeper: false }))).toMatchObject({ outcome: 'stuck', state: { intent: 'OPEN' } });
  });
});
