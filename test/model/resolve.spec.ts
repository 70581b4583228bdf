import { check } from './check.js';
import { resolve } from './resolve.model.js';

const ROLLBACK_IS_FINAL = 'a transaction that was answered rollback never commits';

describe('resolve', () => {
  it('is right in all 58 states with an insert and a second look', () => {
    expect(check(resolve())).toMatchObject({ outcome: 'holds', states: 58, steps: 194 });
  });

  it('tells every state apart', () => {
    const model = resolve();
    expect(check({ ...model, key: (s) => JSON.stringify(s) }).states).toBe(check(model).states);
  });

  it('rolls a committed order back when insert and look share one statement, hence one snapshot', () => {
    expect(check(resolve({ fence: 'one statement' }))).toMatchObject({
      outcome: 'broken promise',
      promise: ROLLBACK_IS_FINAL,
      trace: [
        'the local transaction inserts its row',
        'the first resolver reads nothing',
        'the local transaction commits',
        'the first resolver inserts unless the key exists',
      ],
    });
  });

  it('rolls a committed order back when nobody looks after the insert', () => {
    expect(check(resolve({ fence: 'no second look' }))).toMatchObject({
      outcome: 'broken promise',
      promise: ROLLBACK_IS_FINAL,
      state: { local: 'committed', first: { verdict: 'rollback' } },
    });
  });

  it('takes the decision from a committed order when the tombstone overwrites', () => {
    expect(check(resolve({ fence: 'overwrite' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'an order exists only with its COMMITTED row',
      trace: [
        'the local transaction inserts its row',
        'the first resolver reads nothing',
        'the local transaction commits',
        'the first resolver inserts unless the key exists',
      ],
    });
  });

  it('rolls a running transaction back without tombstone', () => {
    expect(check(resolve({ fence: 'no tombstone' }))).toMatchObject({
      outcome: 'broken promise',
      promise: ROLLBACK_IS_FINAL,
      trace: [
        'the local transaction inserts its row',
        'the first resolver reads nothing',
        'the local transaction commits',
      ],
    });
  });
});
