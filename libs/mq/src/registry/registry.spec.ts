import { IsUUID } from 'class-validator';
import { bindingsOf, On, OnBatch } from '../decorators.js';
import { tag } from '../filter.js';
import { message } from '../message.js';
import { BrokerUnavailableError, ConfigurationError } from '../mq.errors.js';
import type { TopicDescription, TopicType } from '../rocketmq/wire.js';
import { delayedTopic, orderedTopic, plainTopic } from '../topic.js';
import { bound, type Bound } from './bound.js';
import { problemsOnBroker, refusal } from './broker-check.js';
import { problemsOf, subscriptionsOf } from './subscriptions.js';

class First extends message('thing.first') {
  @IsUUID() readonly thingId: string;
}
class Second extends message('thing.second') {
  @IsUUID() readonly thingId: string;
}
const key = (event: { readonly thingId: string }): string => event.thingId;
const things = orderedTopic('things', { events: { first: First, second: Second }, key, transactional: true });
const others = plainTopic('others', { events: { first: First }, key });
const alarms = delayedTopic('alarms', { events: { first: First }, key });

class Both {
  @On(things.first, { group: 'g' })
  first(event: First): void {
    void event;
  }
  @On(things.second, { group: 'g' })
  second(event: Second): void {
    void event;
  }
}
class FirstOnly {
  @On(things.first, { group: 'g' })
  take(event: First): void {
    void event;
  }
}
class Other {
  @On(others.first, { group: 'g' })
  take(event: First): void {
    void event;
  }
}
class Alarm {
  @On(alarms.first, { group: 'a' })
  take(event: First): void {
    void event;
  }
}
class BadGroup {
  @On(others.first, { group: 'order.service' })
  take(event: First): void {
    void event;
  }
}
class Greedy {
  @OnBatch(others.first, { group: 'b', upTo: 1_000, lingerMs: -1 })
  take(event: readonly First[]): void {
    void event;
  }
}

const handlersOf = (...instances: readonly object[]): Bound[] =>
  instances.flatMap((instance) => bindingsOf(instance).map((binding) => bound(instance, binding)));
const problems = (...instances: readonly object[]) => problemsOf(subscriptionsOf(handlersOf(...instances)), []);

describe('the registry', () => {
  it('finds nothing wrong with a handler for every event', () => {
    expect(problems(new Both(), new Alarm())).toEqual([]);
  });

  it.each([
    [
      'an event without handler',
      [new FirstOnly()],
      'MQ_EVENT_WITHOUT_HANDLER',
      /"thing.second".*Add a method with @On/,
    ],
    [
      'an event with two handlers',
      [new Both(), new FirstOnly()],
      'MQ_EVENT_WITH_TWO_HANDLERS',
      /Both.first and FirstOnly.take. Keep one/,
    ],
    [
      'a group of ordered and unordered topics',
      [new Both(), new Other()],
      'MQ_GROUP_MIXED',
      /things.*others.*a group of their own/,
    ],
    ['a group that is no RocketMQ name', [new BadGroup()], 'MQ_GROUP_NAME', /Use 1 to 100 letters/],
    ['a batch out of bounds', [new Greedy()], 'MQ_BATCH_OPTIONS', /Use 1 to 200 messages/],
  ])('refuses %s and names the fix', (_, instances, code, text) => {
    expect(problems(...instances)).toEqual([{ code, text: expect.stringMatching(text) }]);
  });

  it('asks for no handler of what a tag filter leaves out', () => {
    class OnlyFirst {
      @On(things.first, { group: 'g', filter: tag('thing.first') })
      take(event: First): void {
        void event;
      }
    }
    expect(problems(new OnlyFirst())).toEqual([]);
  });

  it('refuses two filters for one topic in a group', () => {
    class First1 {
      @On(things.first, { group: 'g', filter: tag('thing.first') })
      take(event: First): void {
        void event;
      }
    }
    class Second2 {
      @On(things.second, { group: 'g' })
      take(event: Second): void {
        void event;
      }
    }
    expect(problems(new First1(), new Second2())).toEqual([
      {
        code: 'MQ_GROUP_FILTER',
        text: expect.stringMatching(/"g" reads topic "things" with different filters.*same one/),
      },
    ]);
  });

  it('refuses a topic that is published twice', () => {
    expect(problemsOf([], [things, things])).toEqual([
      { code: 'MQ_PUBLISHED_TWICE', text: expect.stringContaining('Remove one') },
    ]);
  });

  it('allows the same event in two groups', () => {
    class Elsewhere {
      @On(others.first, { group: 'h' })
      take(event: First): void {
        void event;
      }
    }
    class Here {
      @On(others.first, { group: 'g' })
      take(event: First): void {
        void event;
      }
    }
    expect(problems(new Here(), new Elsewhere())).toEqual([]);
  });

  describe('compares with the broker', () => {
    const broker =
      (topics: Readonly<Record<string, TopicType>>) =>
      async (name: string): Promise<TopicDescription> => {
        const type = topics[name];
        return { exists: type !== undefined, types: new Set(type ? [type] : []), queues: type ? 8 : 0, routes: [] };
      };
    const subscriptions = subscriptionsOf(handlersOf(new Both(), new Alarm()));

    it('and is content when every topic is there with its type', async () => {
      const found = broker({ things: 'FIFO', 'things-tx': 'TRANSACTION', alarms: 'DELAY' });
      expect(await problemsOnBroker(subscriptions, [things], found)).toEqual([]);
    });

    it('and names what is missing or of another type, the carrier of a published topic included', async () => {
      const found = broker({ things: 'NORMAL', 'things-tx': 'FIFO' });
      const text = (part: string): unknown => expect.stringContaining(part);
      expect(await problemsOnBroker(subscriptions, [things], found)).toEqual([
        { code: 'MQ_TOPIC_TYPE', text: text('"things" is of type NORMAL on the broker and FIFO here') },
        { code: 'MQ_TOPIC_MISSING', text: text('"alarms" does not exist on the broker; group "a" subscribes to it') },
        { code: 'MQ_TOPIC_TYPE', text: text('"things-tx" is of type FIFO on the broker and TRANSACTION here') },
      ]);
    });

    it('does not need the carrier of a topic that it only subscribes to', async () => {
      expect(await problemsOnBroker(subscriptions, [], broker({ things: 'FIFO', alarms: 'DELAY' }))).toEqual([]);
    });

    it('takes a definite refusal for a problem, and knows nothing when nobody answers', async () => {
      const forbidden = async (): Promise<TopicDescription> => {
        throw new ConfigurationError('MQ_BROKER_40300', 'Forbidden. Grant the right.');
      };
      expect(await problemsOnBroker(subscriptions, [], forbidden)).toContainEqual({
        code: 'MQ_BROKER_40300',
        text: 'Forbidden. Grant the right.',
      });
      const away = async (): Promise<TopicDescription> => {
        throw new BrokerUnavailableError('the route', new Error('refused'));
      };
      await expect(problemsOnBroker(subscriptions, [], away)).rejects.toBeInstanceOf(BrokerUnavailableError);
    });
  });

  it('tells all problems in one error, and one problem under its own code', () => {
    expect(refusal([{ code: 'A', text: 'a.' }])).toMatchObject({ code: 'A', message: 'a.' });
    const all = refusal([
      { code: 'A', text: 'a.' },
      { code: 'B', text: 'b.' },
      { code: 'B', text: 'b.' },
    ]);
    expect(all.code).toBe('MQ_CONFIGURATION');
    expect(all.message).toBe('2 problems stop the start:\n  - [A] a.\n  - [B] b.');
  });
});
