import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as contracts from '@halfway/contracts';
import type { Topic } from '@halfway/mq';
import { root } from '../../stack/paths.mjs';
import { readTopology, topologyIn } from '../../stack/rocketmq/provision.mjs';

// What the broker is provisioned with against what the code asks it for. The services check the same when they start; this says
// it before anything is started.

const { topics, groups } = topologyIn('topology.json');
const tokens = Object.values<unknown>(contracts)
  .filter((value): value is { topic: Topic } => typeof value === 'object' && value !== null && 'topic' in value)
  .map(({ topic }) => topic);

describe('stack/rocketmq/topology.json', () => {
  test('has the topics of the contracts, with their types, and no others', () => {
    const wanted = tokens.flatMap(({ name, brokerType, carrier }) => [
      { name, type: brokerType },
      ...(carrier ? [{ name: carrier, type: 'TRANSACTION' }] : []),
    ]);
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect(topics.map(({ name, type }) => ({ name, type })).sort(byName)).toEqual(wanted.sort(byName));
  });

  test('has an unordered group for every relay', () => {
    const relays = tokens.flatMap(({ relayGroup }) => relayGroup ?? []);
    expect(relays.map((name) => groups.find((group) => group.name === name)?.ordered)).toEqual(relays.map(() => false));
  });

  test('has every group that a handler names', () => {
    const handlers = ['order', 'inventory'].flatMap((app) => handlersBelow(join(root, 'apps', app, 'src')));
    const named = handlers.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/group: '([^']+)'/g)].map(([, name]) => name),
    );
    expect(named).not.toEqual([]);
    expect([...new Set(named)].filter((name) => !groups.some((group) => group.name === name))).toEqual([]);
  });

  test('uses names that RocketMQ and its Node client accept, each once', () => {
    const all = readTopology();
    const names = [...all.topics, ...all.groups].map(({ name }) => name);
    expect(names.filter((name) => !/^[A-Za-z0-9_-]{1,63}$/.test(name))).toEqual([]);
    expect(new Set(all.topics.map(({ name }) => name)).size).toBe(all.topics.length);
    expect(new Set(all.groups.map(({ name }) => name)).size).toBe(all.groups.length);
  });
});

test('stack/rocketmq/examples-topology.json keeps to names of its own', () => {
  const examples = topologyIn('examples-topology.json');
  const names = [...examples.topics, ...examples.groups].map(({ name }) => name);
  expect(names.filter((name) => !name.startsWith('example-'))).toEqual([]);
});

function handlersBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.handler.ts'))
    .map((file) => join(folder, file));
}
