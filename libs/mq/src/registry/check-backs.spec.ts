import { IsUUID } from 'class-validator';
import { CheckBack, checkBacksOf } from '../decorators.js';
import { boundCheckBack, type BoundCheckBack } from '../half/bound-check-back.js';
import { message } from '../message.js';
import type { Verdict } from '../rocketmq/wire.js';
import { plainTopic, transactionalTopic } from '../topic.js';
import { problemsOfCheckBacks } from './check-backs.js';

class Wanted extends message('thing.wanted') {
  @IsUUID() readonly thingId: string;
}
class Unwanted extends message('thing.unwanted') {
  @IsUUID() readonly thingId: string;
}
const key = (event: { readonly thingId: string }): string => event.thingId;
const wishes = transactionalTopic('wishes', { events: { wanted: Wanted, unwanted: Unwanted }, key });
const notes = plainTopic('notes', { events: { wanted: Wanted }, key });

class Wishes {
  constructor(private readonly verdict: Verdict = 'unknown') {}
  @CheckBack(wishes.wanted)
  wasItGranted(): Verdict {
    return this.verdict;
  }
}
class OtherWishes extends Wishes {
  @CheckBack(wishes.unwanted)
  async wasItSpared(): Promise<Verdict> {
    return 'rollback';
  }
}

const checkBacks = (...instances: readonly object[]): BoundCheckBack[] =>
  instances.flatMap((instance) => checkBacksOf(instance).map((binding) => boundCheckBack(instance, binding)));
const problems = (...instances: readonly object[]) => problemsOfCheckBacks(checkBacks(...instances), [wishes, notes]);

describe('the check-backs of a service', () => {
  it('are complete with one for every event, inherited ones included', () => {
    expect(problems(new OtherWishes())).toEqual([]);
  });

  it('are called on their provider', async () => {
    const [checkBack] = checkBacks(new Wishes('commit'));
    expect(checkBack?.checkBack).toBe('Wishes.wasItGranted');
    // The method looks at neither.
    expect(await checkBack?.ask({}, {} as never)).toBe('commit');
  });

  it.each([
    ['an event that nobody answers for', [new Wishes()], 'MQ_EVENT_WITHOUT_CHECK_BACK', /"thing.unwanted".*@CheckBack/],
    [
      'an event that two answer for',
      [new OtherWishes(), new Wishes()],
      'MQ_EVENT_WITH_TWO_CHECK_BACKS',
      /OtherWishes.wasItGranted and Wishes.wasItGranted. Keep one/,
    ],
  ])('are refused with %s, and the fix is named', (_, instances, code, text) => {
    expect(problems(...instances)).toEqual([{ code, text: expect.stringMatching(text) }]);
  });

  it('are refused for a topic that this service does not publish, because nobody would ask', () => {
    expect(problemsOfCheckBacks(checkBacks(new Wishes()), [notes])).toEqual([
      {
        code: 'MQ_CHECK_BACK_NOT_PUBLISHED',
        text: expect.stringMatching(/Wishes.wasItGranted.*"wishes".*"publishes"/),
      },
    ]);
  });
});
