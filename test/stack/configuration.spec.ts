import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { defaultPorts } from '../../stack/ports.mjs';
import { majorVersion } from '../../stack/rocketmq/java.mjs';
import { provision, readTopology } from '../../stack/rocketmq/provision.mjs';
import { json, properties, renderConfiguration } from '../../stack/rocketmq/render.mjs';
import { statements } from '../../stack/postgres/cluster.mjs';

let folder: string;
const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'halfway-configuration-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('rendering', () => {
  test('replaces values and keeps everything else', () => {
    expect(properties('# a=1\na=1\nb=2\n', { a: 7 })).toBe('# a=1\na=7\nb=2\n');
    expect(JSON.parse(json('{"a":1,"b":2}', { a: 7 }))).toEqual({ a: 7, b: 2 });
  });

  test('refuses a key that the template lacks, because RocketMQ would ignore it without a word', () => {
    expect(() => properties('listenPort=1\n', { listenport: 2 })).toThrow(/listenport/);
    expect(() => json('{"grpcServerPort":1}', { grpcPort: 2 })).toThrow(/grpcPort/);
  });

  test.each(['default', 'demo', 'test'])('keeps the rule of the transaction timeouts in profile %s', (profile) => {
    renderConfiguration(folder, { profile, ports: defaultPorts, store: join(folder, 'store') });
    const value = (key: string) => Number(new RegExp(`^${key}=(\\d+)$`, 'm').exec(read('broker.conf'))?.[1]);
    // Below twice the interval, 44 % of committed messages were delivered again and again.
    expect(value('transactionTimeOut')).toBeGreaterThanOrEqual(2 * value('transactionOpBatchInterval') + 500);
    expect(value('transactionCheckMax')).toBe(3600);
  });
});

describe('provisioning', () => {
  const topics = () => JSON.parse(read('config/topics.json')).topicConfigTable;
  const groups = () => JSON.parse(read('config/subscriptionGroup.json')).subscriptionGroupTable;

  test('declares the order of every group, and a dead-letter topic for each', () => {
    provision(folder, readTopology());
    expect(groups()['inventory']).toMatchObject({ consumeMessageOrderly: true, retryMaxTimes: 100_000 });
    expect(groups()['order-events-relay']).toMatchObject({ consumeMessageOrderly: false, retryMaxTimes: 100_000 });
    expect(Object.keys(topics())).toEqual(
      expect.arrayContaining(['order-events-tx', '%DLQ%inventory', '%DLQ%order-events-relay']),
    );
  });

  test('keeps what an operator added and puts back what is ours', () => {
    provision(folder, readTopology());
    const changed = topics();
    changed['by-hand'] = { topicName: 'by-hand' };
    changed['order-events'].attributes = {};
    writeFileSync(join(folder, 'config', 'topics.json'), JSON.stringify({ topicConfigTable: changed }));
    provision(folder, readTopology());
    expect(topics()['by-hand']).toEqual({ topicName: 'by-hand' });
    expect(topics()['order-events'].attributes).toEqual({ 'message.type': 'FIFO' });
  });

  test('mends a file that a crash cut', () => {
    provision(folder, readTopology());
    writeFileSync(join(folder, 'config', 'topics.json'), '{"topicConfigTab');
    provision(folder, readTopology());
    expect(Object.keys(topics())).toContain('order-events');
  });
});

describe('the rest', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_392"', 8],
    ['openjdk version "21" 2023-09-19', 21],
    ['javac 17.0.15', 17],
    ['command not found', undefined],
  ])('reads the version in %j', (output, version) => {
    expect(majorVersion(output)).toBe(version);
  });

  test('splits SQL into statements without comments', () => {
    expect(statements('-- one;\ncreate role a;\n\ncreate role b\n  login;\n')).toEqual([
      'create role a',
      'create role b\n  login',
    ]);
  });
});
