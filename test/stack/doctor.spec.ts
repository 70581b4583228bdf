import { describe, expect, test } from '@jest/globals';
import {
  checkClock,
  checkDeadlockTimeout,
  checkDisk,
  checkDurability,
  checkGroup,
  checkJdk,
  checkMaven,
  checkNode,
  checkPort,
  checkTopic,
} from '../../stack/doctor/checks.mjs';

const topic = { name: 'order-events', type: 'FIFO', queues: 8 } as const;
const ordered = { name: 'inventory', ordered: true, retryMaxTimes: 100_000 };
const unordered = { name: 'order-events-relay', ordered: false, retryMaxTimes: 100_000 };
const found = (consumeMessageOrderly: boolean, retryMaxTimes = 100_000) => ({ consumeMessageOrderly, retryMaxTimes });
const durable = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };
const disk = (usedPercent: number) => checkDisk({ usedPercent, folder: '.data' });
const maven = (version: string | undefined, rocketmqInstalled: boolean) => checkMaven({ version, rocketmqInstalled });

describe('the doctor', () => {
  test.each([
    ['an old Node', checkNode('18.20.4'), 'fail', /18\.20\.4/],
    ['a Node 20 that is too young', checkNode('20.18.1'), 'fail', /20\.18\.1/],
    ['the oldest Node that works', checkNode('20.19.0'), 'ok', /20\.19\.0/],
    ['a newer Node', checkNode('24.1.0'), 'ok', /24/],
    ['no Java', checkJdk({}), 'fail', /no Java/],
    ['Java 11', checkJdk({ java: 11, javac: 11 }), 'fail', /11/],
    ['a JRE without compiler', checkJdk({ java: 21, javac: undefined }), 'fail', /compiler/],
    ['a JDK 17', checkJdk({ java: 17, javac: 17 }), 'ok', /17/],
    ['no Maven', maven(undefined, false), 'fail', /Maven/],
    ['no Maven, which is not needed any more', maven(undefined, true), 'warn', /Maven/],
    ['Maven', maven('3.8.7', false), 'ok', /3\.8\.7/],
    ['a full disk', disk(90.1), 'fail', /91 % used: RocketMQ is read-only/],
    ['a disk that fills up', disk(86), 'warn', /86 %/],
    ['a disk with room', disk(40), 'ok', /40 %/],
    ['a taken port', checkPort({ name: 'proxyGrpc', port: 8081, state: 'taken' }), 'warn', /8081/],
    ['our own port', checkPort({ name: 'proxyGrpc', port: 8081, state: 'ours' }), 'ok', /ours/],
    ['a clock that is ahead', checkClock(1_500), 'fail', /1\.5 s ahead/],
    ['a clock that is behind', checkClock(-600_000), 'fail', /600\.0 s behind/],
    ['clocks that agree', checkClock(-40), 'ok', /agrees/],
    ['a topic of the wrong type', checkTopic(topic, ['NORMAL']), 'fail', /NORMAL, not FIFO/],
    ['a missing topic', checkTopic(topic, undefined), 'fail', /does not exist/],
    ['a topic of the right type', checkTopic(topic, ['FIFO']), 'ok', /FIFO/],
    ['a group that is not ordered', checkGroup(ordered, found(false)), 'fail', /inventory is not ordered/],
    ['a relay that is ordered', checkGroup(unordered, found(true)), 'fail', /relay is ordered/],
    ['a missing group', checkGroup(ordered, undefined), 'fail', /never start/],
    ['a group that gives up', checkGroup(ordered, found(true, 3)), 'fail', /dead-letters a message after 3/],
    ['an ordered group', checkGroup(ordered, found(true)), 'ok', /is ordered/],
    ['PostgreSQL without fsync', checkDurability({ ...durable, fsync: 'off' }, 'order'), 'fail', /fsync off/],
    [
      'lax commits',
      checkDurability({ ...durable, synchronous_commit: 'off' }, 'order'),
      'fail',
      /synchronous_commit off/,
    ],
    ['PostgreSQL as it should be', checkDurability(durable, 'order'), 'ok', /keeps/],
    ['PostgreSQL as it is delivered', checkDeadlockTimeout(1_000, 'order'), 'warn', /none is ever counted/],
    ['PostgreSQL as it is here', checkDeadlockTimeout(200, 'order'), 'ok', /looks for deadlocks/],
  ])('judges %s', (_, finding, level, what) => {
    expect(finding).toMatchObject({ level, what: expect.stringMatching(what) });
    expect(finding.remedy !== undefined).toBe(level !== 'ok'); // whatever is not fine comes with its fix
  });
});
