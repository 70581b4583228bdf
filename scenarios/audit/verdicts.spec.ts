import { parseLine } from '../support/log-file.js';
import { toldByLog, wrongVerdicts, type Told } from './verdicts.js';

const told = (verdict: Told['verdict'], decision?: Told['decision']): Told => ({
  transactionId: 't',
  verdict,
  decision,
});
const committed = new Set(['t']);
const notCommitted = new Set<string>();

describe('verdicts', () => {
  it.each([
    ['commit of what is committed', told('commit'), committed],
    ['rollback of what is not', told('rollback'), notCommitted],
    [
      'rollback of what is committed and delivered, to end the copies of the broker',
      told('rollback', 'COMMITTED'),
      committed,
    ],
  ])('accepts %s', (_, verdict, log) => {
    expect(wrongVerdicts([verdict], log)).toEqual([]);
  });

  it.each([
    ['rollback of what is committed', told('rollback'), committed],
    ['a check-back that takes what is committed for aborted', told('rollback', 'ABORTED'), committed],
    ['commit of what is not committed', told('commit'), notCommitted],
    ['a check-back that takes what is not committed for committed', told('commit', 'COMMITTED'), notCommitted],
  ])('convicts %s', (_, verdict, log) => {
    expect(wrongVerdicts([verdict], log)).toHaveLength(1);
  });

  it('reads them from the log, meant ones too, and leaves out whatever is open', () => {
    const line = (msg: string, facts: object) =>
      parseLine(JSON.stringify({ time: '2026-01-01T00:00:00Z', level: 'debug', msg, transactionId: 't', ...facts }));
    const lines = [
      line('verdict sent', { verdict: 'commit' }),
      line('verdict lost, the check-back repeats it', { verdict: 'rollback' }),
      line('check-back answered', { verdict: 'rollback', decision: 'COMMITTED' }),
      line('check-back answered', { verdict: 'unknown', decision: 'unknown' }),
      line('half message sent', {}),
    ];
    expect(toldByLog(lines)).toEqual([told('commit'), told('rollback'), told('rollback', 'COMMITTED')]);
  });
});
