import type { Subscription } from '../consuming/held.js';
import type { MqOptions } from '../mq.config.js';
import { ConfigurationError } from '../mq.errors.js';
import type { TopicDescription, TopicType } from '../rocketmq/wire.js';
import type { Problem } from './subscriptions.js';

interface Need {
  readonly topic: string;
  readonly type: TopicType;
  readonly why: string;
}

/** The topics that these declarations need on the broker, and of which type. */
function needsOf(subscriptions: readonly Subscription[], publishes: MqOptions['publishes']): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const { group, topics } of subscriptions) {
    for (const { name, brokerType } of topics.values()) {
      needs.set(name, { topic: name, type: brokerType, why: `group "${group}" subscribes to it` });
    }
  }
  for (const { topic } of publishes) {
    needs.set(topic.name, { topic: topic.name, type: topic.brokerType, why: 'this service publishes it' });
    if (topic.carrier) {
      const why = `it carries the half messages of the transactional topic "${topic.name}"`;
      needs.set(topic.carrier, { topic: topic.carrier, type: 'TRANSACTION', why });
    }
  }
  return [...needs.values()];
}

/**
 * Compares the declarations with the broker.
 * @throws BrokerUnavailableError when it cannot be asked: then nothing is known, and nothing may be refused.
 */
export async function problemsOnBroker(
  subscriptions: readonly Subscription[],
  publishes: MqOptions['publishes'],
  describe: (topic: string) => Promise<TopicDescription>,
): Promise<readonly Problem[]> {
  const checked = await Promise.all(
    needsOf(subscriptions, publishes).map(async ({ topic, type, why }): Promise<Problem | undefined> => {
      try {
        const { exists, types } = await describe(topic);
        if (!exists) {
          return {
            code: 'MQ_TOPIC_MISSING',
            text: `Topic "${topic}" does not exist on the broker; ${why}. Create it with message.type ${type} (stack/rocketmq/topology.json).`,
          };
        }
        if (types.has(type)) return undefined;
        return {
          code: 'MQ_TOPIC_TYPE',
          text: `Topic "${topic}" is of type ${[...types].join(', ') || 'unknown'} on the broker and ${type} here; ${why}. Types exclude one another: create a topic of type ${type} under another name, or correct the token.`,
        };
      } catch (error) {
        // A definite answer, e.g. wrong credentials: a problem like the others.
        if (error instanceof ConfigurationError) return { code: error.code, text: error.message };
        throw error;
      }
    }),
  );
  return checked.filter((problem) => problem !== undefined);
}

/** All problems in one error, each with its fix. */
export function refusal(problems: readonly Problem[]): ConfigurationError {
  const unique = [...new Map(problems.map((problem) => [problem.text, problem])).values()];
  const [first, ...more] = unique;
  if (first && more.length === 0) return new ConfigurationError(first.code, first.text);
  const list = unique.map(({ code, text }) => `  - [${code}] ${text}`).join('\n');
  return new ConfigurationError('MQ_CONFIGURATION', `${unique.length} problems stop the start:\n${list}`);
}
