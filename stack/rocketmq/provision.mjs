// Topics and groups from topology.json into the two files the broker reads when it starts: everything exists, typed, before the
// first client, and without mqadmin (4-7 s per call). What an operator added on the running broker stays; what is ours is put
// back as topology.json says, so that a new version of this repository needs no migration of a broker.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** @typedef {'NORMAL' | 'FIFO' | 'DELAY' | 'TRANSACTION'} TopicType */
/** @typedef {{ name: string, type: TopicType, queues: number }} Topic */
/**
 * retryMaxTimes is out of reach on purpose: every expired lease of a killed consumer counts as an attempt, and then the broker
 * would dead-letter a message that nobody has read. Giving up is the business of parking and quarantine in libs/mq.
 * @typedef {{ name: string, ordered: boolean, retryMaxTimes: number }} Group
 */
/** @typedef {{ topics: Topic[], groups: Group[] }} Topology */

/**
 * What the services need, and what the programs under examples/ need: those run on any stack, so every stack has both.
 * @param {Topology} [extra] @returns {Topology}
 */
export function readTopology(extra = { topics: [], groups: [] }) {
  const all = [...['topology.json', 'examples-topology.json'].map(topologyIn), extra];
  return { topics: all.flatMap(({ topics }) => topics), groups: all.flatMap(({ groups }) => groups) };
}

/** @param {string} file @returns {Topology} */
export const topologyIn = (file) => JSON.parse(readFileSync(join(here, file), 'utf8'));

/** Does not exist before the first dead letter, and a consumer of it could not start until then: provisioned too. @param {Group} group */
export const deadLetterTopic = ({ name }) => `%DLQ%${name}`;

/** @param {string} store @param {Topology} topology */
export function provision(store, { topics, groups }) {
  const folder = join(store, 'config');
  mkdirSync(folder, { recursive: true });
  merge(join(folder, 'topics.json'), 'topicConfigTable', [
    ...topics.map(topicConfig),
    ...groups.map((group) => topicConfig({ name: deadLetterTopic(group), type: 'NORMAL', queues: 1 })),
  ]);
  merge(join(folder, 'subscriptionGroup.json'), 'subscriptionGroupTable', groups.map(groupConfig));
}

/** @param {string} file @param {string} table @param {[string, object][]} entries */
function merge(file, table, entries) {
  const stored = read(file);
  const content = {
    ...stored,
    [table]: { ...stored[table], ...Object.fromEntries(entries) },
    dataVersion: { stateVersion: 0, timestamp: Date.now(), counter: (stored.dataVersion?.counter ?? 0) + 1 },
  };
  writeFileSync(`${file}.new`, JSON.stringify(content));
  renameSync(`${file}.new`, file);
}

/**
 * A machine that crashed may have cut the file. RocketMQ then reads its own copy, and so do we; without one, what an operator
 * added is lost and ours is written anew.
 * @param {string} file @returns {Record<string, any>}
 */
function read(file) {
  for (const candidate of [file, `${file}.bak`]) {
    try {
      return JSON.parse(readFileSync(candidate, 'utf8'));
    } catch {
      continue;
    }
  }
  return {};
}

/** @param {Topic} topic @returns {[string, object]} */
const topicConfig = ({ name, type, queues }) => [
  name,
  {
    topicName: name,
    attributes: { 'message.type': type },
    readQueueNums: queues,
    writeQueueNums: queues,
    perm: 6,
    order: false,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
  },
];

/** The same for the broker while it runs, in the form of its remoting request. @param {Topic} topic @returns {Record<string, string>} */
export const topicFields = ({ name, type, queues }) => ({
  topic: name,
  defaultTopic: name,
  readQueueNums: String(queues),
  writeQueueNums: String(queues),
  perm: '6',
  topicFilterType: 'SINGLE_TAG',
  topicSysFlag: '0',
  order: 'false',
  attributes: `+message.type=${type}`,
});

/** @param {Group} group @returns {[string, object]} */
const groupConfig = ({ name, ordered, retryMaxTimes }) => [
  name,
  {
    groupName: name,
    consumeEnable: true,
    consumeFromMinEnable: true,
    consumeBroadcastEnable: false,
    // Order is an attribute of the group in RocketMQ 5: without it messages of one key run in parallel, and nothing says so.
    consumeMessageOrderly: ordered,
    retryQueueNums: 1,
    retryMaxTimes,
    brokerId: 0,
    whichBrokerWhenConsumeSlowly: 1,
    notifyConsumerIdsChangedEnable: true,
  },
];
