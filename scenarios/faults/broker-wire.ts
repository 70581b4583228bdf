import { openWire, type Wire, type WireOptions } from './wire.js';

/** What happens to a call of a RocketMQ client. */
export interface CallTrap {
  readonly call: 'SendMessage' | 'EndTransaction' | 'AckMessage' | 'ReceiveMessage' | 'ChangeInvisibleDuration';
  /** Only calls about this topic; default any. */
  readonly topic?: string;
  /** Which of them; default the first. */
  readonly hit?: number;
  /** `answer-lost`: cut right after it was forwarded. `never-arrives`: cut before. */
  readonly effect: 'answer-lost' | 'never-arrives';
}

export interface BrokerWire extends Wire {
  /** Set once, springs once. */
  trapCall(trap: CallTrap): void;
}

/** A wire that keeps a RocketMQ client on it, although the routes name the broker's own address. */
export async function openBrokerWire(
  endpoint: string,
  options: Pick<WireOptions, 'port' | 'random'> = {},
): Promise<BrokerWire> {
  const wire = await openWire(endpoint, options);
  return Object.assign(wire, {
    trapCall: (trap: CallTrap) => {
      throw new Error(`A trap for ${trap.call} is not built yet.`);
    },
  });
}
