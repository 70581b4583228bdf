import { ConfigurationError } from './mq.errors.js';

/**
 * What the broker hands to a group, of all that is in a topic. The filter belongs to the group: all of its processes must
 * use the same one, or each start changes what the others get.
 */
export interface Filter {
  readonly kind: 'tag' | 'sql';
  /** As it goes to the broker: `a || b`, or an SQL-92 condition. */
  readonly expression: string;
}

/**
 * Messages with one of these tags. A message has one tag: its event's type unless its sender gave another.
 * @throws ConfigurationError for an empty list, or a tag with `|` or white space.
 */
export function tag(...tags: readonly [string, ...string[]]): Filter {
  for (const each of tags) {
    if (!isTag(each))
      throw new ConfigurationError('MQ_FILTER', `"${each}" is no tag. Use text without "|" and white space.`);
  }
  return { kind: 'tag', expression: tags.join(' || ') };
}

/**
 * Messages whose properties meet an SQL-92 condition: `region = 'eu' and amount between 10 and 50`, `vip is not null`. Numbers are
 * compared as numbers. The broker must have `enablePropertyFilter=true`; it reads the condition when the first message is asked
 * for, so a misspelt one starts, receives nothing, and is logged.
 */
export function sql(condition: string): Filter {
  if (condition.trim() === '')
    throw new ConfigurationError('MQ_FILTER', 'An empty condition. Write one, or leave the filter out.');
  return { kind: 'sql', expression: condition };
}

/** True unless the filter certainly keeps messages with this tag back. */
export function mayPass(filter: Filter | undefined, messageTag: string): boolean {
  return filter?.kind !== 'tag' || filter.expression.split(' || ').includes(messageTag);
}

/** RocketMQ joins tags with `||`, and cuts white space off. */
export function isTag(text: string): boolean {
  return /^[^|\s]+$/.test(text);
}
