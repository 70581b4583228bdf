import { GiveUpError, NotInTimeError, until } from './until.js';

it('returns what was seen as soon as it is accepted; an error means not yet', async () => {
  let looks = 0;
  const look = () => {
    looks += 1;
    if (looks === 1) throw new Error('not there');
    return looks;
  };
  await expect(until('it counts to three', look, (seen) => seen === 3, { everyMs: 1 })).resolves.toBe(3);
});

it('says what it waited for and what it saw last', async () => {
  const waiting = until(
    'the order is PAID',
    () => ({ status: 'PENDING' }),
    () => false,
    { withinMs: 5, everyMs: 1 },
  );
  await expect(waiting).rejects.toThrow(NotInTimeError);
  await expect(waiting).rejects.toThrow(/until the order is PAID\. Last seen: {"status":"PENDING"}/);
});

it('stops waiting when it is told that there is no point', async () => {
  const look = () => {
    throw new GiveUpError('the process is gone');
  };
  await expect(until('never', look, () => true, { withinMs: 10_000 })).rejects.toThrow('the process is gone');
});
