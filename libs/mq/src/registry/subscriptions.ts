import type { Subscription } from '../consuming/held.js';
import { mayPass, type Filter } from '../filter.js';
import type { MqOptions } from '../mq.config.js';
import type { Topic } from '../topic.js';
import type { Bound } from './bound.js';

/** Something that must be put right before this service may start: a stable code, and a text that ends with the fix. */
export interface Problem {
  readonly code: string;
  readonly text: string;
}

/** One subscription per group: all topics of its handlers' events. */
export function subscriptionsOf(handlers: readonly Bound[]): readonly Subscription[] {
  const groups = new Map<string, Bound[]>();
  for (const handler of handlers) groups.set(handler.group, [...(groups.get(handler.group) ?? []), handler]);
  return [...groups].map(([group, own]) => ({
    group,
    ordered: own.some(({ event }) => event.topic.brokerType === 'FIFO'),
    topics: new Map(own.map(({ event }) => [event.topic.name, event.topic])),
    filters: filtersOf(own),
    handlers: own,
  }));
}

/** What is wrong with the declarations alone; the broker is asked afterwards. */
export function problemsOf(
  subscriptions: readonly Subscription[],
  publishes: MqOptions['publishes'],
): readonly Problem[] {
  return [...subscriptions.flatMap(problemsOfGroup), ...problemsOfPublishing(publishes)];
}

function filtersOf(handlers: readonly Bound[]): ReadonlyMap<string, Filter> {
  return new Map(handlers.flatMap(({ event, filter }) => (filter ? [[event.topic.name, filter] as const] : [])));
}

function problemsOfGroup({ group, topics, filters, handlers }: Subscription): Problem[] {
  const problems: Problem[] = [];
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(group)) {
    problems.push({
      code: 'MQ_GROUP_NAME',
      text: `"${group}" is no group name. Use 1 to 100 letters, digits, "-" and "_".`,
    });
  }
  for (const topic of topics.values()) {
    const filter = filters.get(topic.name);
    const others = handlers.filter(
      (handler) => handler.event.topic === topic && handler.filter?.expression !== filter?.expression,
    );
    if (others.length > 0) {
      problems.push({
        code: 'MQ_GROUP_FILTER',
        text: `Group "${group}" reads topic "${topic.name}" with different filters: ${others.map(({ handler }) => handler).join(' and ')} say otherwise. A filter belongs to the whole group: write the same one on each of its handlers, or use another group.`,
      });
    }
    for (const event of topic.events) {
      const own = handlers.filter((handler) => handler.event === event);
      if (own.length === 0 && mayPass(filter, event.type)) {
        problems.push({
          code: 'MQ_EVENT_WITHOUT_HANDLER',
          text: `Nothing handles "${event.type}" of topic "${topic.name}" in group "${group}". Add a method with @On(…, { group: '${group}' }) to a provider, or subscribe to the other events in a group of their own.`,
        });
      }
      if (own.length > 1) {
        problems.push({
          code: 'MQ_EVENT_WITH_TWO_HANDLERS',
          text: `"${event.type}" is handled twice in group "${group}": ${own.map(({ handler }) => handler).join(' and ')}. Keep one, or give the other a group of its own.`,
        });
      }
    }
  }
  const ordered = [...topics.values()].filter((topic) => topic.brokerType === 'FIFO').map(({ name }) => name);
  if (ordered.length > 0 && ordered.length < topics.size) {
    const unordered = [...topics.keys()].filter((name) => !ordered.includes(name));
    problems.push({
      code: 'MQ_GROUP_MIXED',
      text: `Group "${group}" mixes ordered topics (${ordered.join(', ')}) with unordered ones (${unordered.join(', ')}); order is an attribute of the group. Give the unordered ones a group of their own.`,
    });
  }
  for (const { batch, handler } of handlers) {
    if (!batch) continue;
    const { upTo, lingerMs } = batch;
    if (!Number.isInteger(upTo) || upTo < 1 || upTo > 200 || !(lingerMs >= 0 && lingerMs <= 1_000)) {
      problems.push({
        code: 'MQ_BATCH_OPTIONS',
        text: `${handler} gathers up to ${upTo} messages within ${lingerMs} ms. Use 1 to 200 messages and 0 to 1000 ms.`,
      });
    }
  }
  return problems;
}

function problemsOfPublishing(publishes: MqOptions['publishes']): Problem[] {
  const byName = new Map<string, Topic>();
  const problems: Problem[] = [];
  for (const { topic } of publishes) {
    if (byName.has(topic.name)) {
      problems.push({
        code: 'MQ_PUBLISHED_TWICE',
        text: `"publishes" lists topic "${topic.name}" twice. Remove one.`,
      });
    }
    byName.set(topic.name, topic);
  }
  return problems;
}
