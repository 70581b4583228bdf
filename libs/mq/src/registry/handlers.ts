import type { DiscoveryService } from '@nestjs/core';
import { bindingsOf, checkBacksOf } from '../decorators.js';
import { boundCheckBack, type BoundCheckBack } from '../half/bound-check-back.js';
import type { Log } from '../rocketmq/wire.js';
import { bound, type Bound } from './bound.js';
import type { Problem } from './subscriptions.js';

/** Every `@On`, `@OnBatch` and `@CheckBack` method of every provider of the application. */
export function findHandlers(discovery: DiscoveryService): {
  readonly handlers: readonly Bound[];
  readonly checkBacks: readonly BoundCheckBack[];
  readonly problems: readonly Problem[];
} {
  const handlers: Bound[] = [];
  const checkBacks: BoundCheckBack[] = [];
  const problems: Problem[] = [];
  const seen = new Set<object>();
  for (const wrapper of discovery.getProviders()) {
    // Request-scoped providers have a prototype here and no instance; `useValue` may be anything.
    const candidate: unknown = wrapper.instance;
    if (typeof candidate !== 'object' || candidate === null || seen.has(candidate)) continue;
    seen.add(candidate);
    const bindings = bindingsOf(candidate);
    const asked = checkBacksOf(candidate);
    if (bindings.length + asked.length > 0 && !wrapper.isDependencyTreeStatic()) {
      problems.push({
        code: 'MQ_HANDLER_SCOPE',
        text: `${wrapper.name} has handlers, but is made per request; a message is no request. Make it, and what it needs, a singleton.`,
      });
      continue;
    }
    handlers.push(...bindings.map((binding) => bound(candidate, binding)));
    checkBacks.push(...asked.map((binding) => boundCheckBack(candidate, binding)));
  }
  return { handlers, checkBacks, problems };
}

/** One line per binding, once per boot: what this service reacts to. */
export function logBindings(log: Log, handlers: readonly Bound[], checkBacks: readonly BoundCheckBack[]): void {
  for (const { event, group, handler, batch } of handlers) {
    log.info({ event: event.type, topic: event.topic.name, group, handler, batch: batch?.upTo }, 'bound');
  }
  for (const { event, checkBack } of checkBacks) {
    log.info({ event: event.type, topic: event.topic.name, checkBack }, 'bound');
  }
}
