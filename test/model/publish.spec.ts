import { check } from './check.js';
import { allFaults, chosen, patientBroker, publish, type PublishProtocol } from './publish.model.js';

/** A defence is judged with the sweeper out of the way: the sweeper repairs what the others miss. */
const alone: PublishProtocol = { ...chosen, sweeper: false };

describe('the publish protocol', () => {
  it('is safe and recovers by itself in all 3,846 states, whatever fails', () => {
    expect(check(publish())).toMatchObject({ outcome: 'holds', states: 3846, steps: 17_505 });
  });

  // The smaller model in which the protocol was designed; its count guards this port of it.
  it('needs no rollback that ends copies: all 2,950 states hold without it', () => {
    expect(check(publish({ ...chosen, endsCopies: false }))).toMatchObject({ outcome: 'holds', states: 2950 });
  });

  it('holds when a check-back may leave its tombstone at once: age only spares living requests', () => {
    const finding = check(publish({ ...chosen, endsCopies: false, noRow: 'tombstone' }));
    expect(finding).toMatchObject({ outcome: 'holds', states: 3314 });
  });

  it('holds when the producer says nothing while in doubt', () => {
    expect(check(publish({ ...chosen, inDoubt: 'say nothing' }))).toMatchObject({ outcome: 'holds', states: 3816 });
  });

  it('holds without the sweeper while the broker keeps every half message and asks for ever', () => {
    const protocol: PublishProtocol = { ...alone, endsCopies: false, noRow: 'tombstone' };
    expect(check(publish(protocol, patientBroker))).toMatchObject({ outcome: 'holds', states: 322 });
  });

  it('tells every state apart', () => {
    const model = publish();
    expect(check({ ...model, key: (s) => JSON.stringify(s) }).states).toBe(check(model).states);
  });
});

describe('the publish protocol with one defence removed', () => {
  it('loses an order when the broker loses its half message and nobody sweeps', () => {
    expect(check(publish(alone, { ...patientBroker, losesHalves: true }))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'the producer is killed',
        'PostgreSQL inserts the decision row',
        'PostgreSQL commits',
        'time passes the fence',
        'the broker loses the half message',
      ],
      state: { decision: 'COMMITTED', delivered: 0 },
    });
  });

  it('loses an order when its checks are used up while no producer lives and nobody sweeps', () => {
    expect(check(publish(alone, { ...patientBroker, countsChecks: true }))).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'the producer is killed',
        'PostgreSQL inserts the decision row',
        'PostgreSQL commits',
        'time passes the fence',
        'a check-back finds no producer',
        'a check-back finds no producer',
        'a check-back finds no producer',
      ],
      state: { decision: 'COMMITTED', delivered: 0 },
    });
  });

  it('rolls a running transaction back when "no row" means rollback, even with the sweeper', () => {
    expect(check(publish({ ...chosen, noRow: 'rollback' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'no ROLLBACK while a committed order is not acknowledged',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'PostgreSQL inserts the decision row',
        'a check-back is answered',
        'PostgreSQL commits',
      ],
    });
  });

  it('leaves an order without its message for ever when "no row" means rollback and nobody sweeps', () => {
    const untold = { ...publish({ ...alone, noRow: 'rollback' }, patientBroker), promises: {} };
    expect(check(untold)).toMatchObject({
      outcome: 'stuck',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'the producer is killed',
        'PostgreSQL inserts the decision row',
        'time passes the fence',
        'a check-back is answered',
        'PostgreSQL commits',
        'the broker drops on ROLLBACK',
      ],
      state: { decision: 'COMMITTED', delivered: 0 },
    });
  });

  it('rolls a slow transaction back when waiting replaces the tombstone', () => {
    expect(check(publish({ ...chosen, noRow: 'rollback when old' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'no ROLLBACK while a committed order is not acknowledged',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'PostgreSQL inserts the decision row',
        'time passes the fence',
        'a check-back is answered',
        'PostgreSQL commits',
      ],
    });
  });

  it('lets the broker give up when "no row" is unknown for ever and nobody sweeps', () => {
    const finding = check(publish({ ...alone, noRow: 'unknown' }, { ...patientBroker, countsChecks: true }));
    expect(finding).toMatchObject({ outcome: 'stuck', state: { decision: 'COMMITTED', checksLeft: 0, delivered: 0 } });
    expect(finding.outcome === 'stuck' && finding.trace.slice(-3)).toEqual([
      'a check-back finds no producer',
      'a check-back finds no producer',
      'a check-back finds no producer',
    ]);
  });

  it('rolls a committed order back when doubt is taken for failure', () => {
    expect(check(publish({ ...chosen, inDoubt: 'rollback' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'no ROLLBACK while a committed order is not acknowledged',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'the connection is lost at COMMIT',
        'in doubt, the producer sends rollback',
        'PostgreSQL inserts the decision row',
        'PostgreSQL commits',
      ],
    });
  });

  it('delivers a message without an order when doubt is taken for success', () => {
    expect(check(publish({ ...chosen, inDoubt: 'commit' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'no message without its order',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'the connection is lost at COMMIT',
        'in doubt, the producer sends commit',
        'the broker delivers on COMMIT',
      ],
    });
  });

  it('delivers a message without an order when the verdict comes before the commit', () => {
    expect(check(publish({ ...chosen, verdict: 'before the commit' }))).toMatchObject({
      outcome: 'broken promise',
      promise: 'no message without its order',
      trace: [
        'the broker stores the half message',
        'the producer sends its transaction',
        'the producer sends COMMIT early',
        'the broker delivers on COMMIT',
      ],
    });
  });

  it('loses an order without sweeper under all faults together', () => {
    expect(check(publish(alone, allFaults))).toMatchObject({ outcome: 'stuck', state: { decision: 'COMMITTED' } });
  });
});
