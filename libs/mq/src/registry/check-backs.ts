import type { BoundCheckBack } from '../half/bound-check-back.js';
import type { MqOptions } from '../mq.config.js';
import type { Problem } from './subscriptions.js';

/**
 * Every event of a published transactional topic has exactly one check-back. Without one its half messages would be asked about
 * in vain until the broker drops them; with two, nobody could say which one is obeyed.
 */
export function problemsOfCheckBacks(
  checkBacks: readonly BoundCheckBack[],
  publishes: MqOptions['publishes'],
): readonly Problem[] {
  const published = publishes.map(({ topic }) => topic).filter(({ kind }) => kind === 'half');
  const problems = published.flatMap((topic) =>
    topic.events.flatMap((event): Problem[] => {
      const own = checkBacks.filter((candidate) => candidate.event === event);
      if (own.length === 1) return [];
      if (own.length === 0) {
        return [
          {
            code: 'MQ_EVENT_WITHOUT_CHECK_BACK',
            text: `Nothing answers the broker's check-backs about "${event.type}" of topic "${topic.name}". Add a method with @CheckBack(…) to a provider.`,
          },
        ];
      }
      const names = own.map(({ checkBack }) => checkBack).join(' and ');
      return [
        {
          code: 'MQ_EVENT_WITH_TWO_CHECK_BACKS',
          text: `Check-backs about "${event.type}" of topic "${topic.name}" have two answers: ${names}. Keep one.`,
        },
      ];
    }),
  );
  const strays = checkBacks.filter(({ event }) => !published.includes(event.topic));
  return [
    ...problems,
    ...strays.map(({ event, checkBack }) => ({
      code: 'MQ_CHECK_BACK_NOT_PUBLISHED',
      text: `${checkBack} answers for "${event.type}", but this service does not publish "${event.topic.name}", so it is never asked. Add the topic to "publishes" of the mq module, or remove the method.`,
    })),
  ];
}
