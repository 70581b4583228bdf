import { CallWatcher, type CallTrap, type TrapState } from './call-watcher.js';
import { sameLengthPort } from './route-address.js';
import { openWire, type Wire, type WireOptions } from './wire.js';

export interface BrokerWire extends Wire {
  /** Set once, springs once. */
  trapCall(trap: CallTrap): void;
  /** How often each method was called through it, e.g. `AckMessage`. */
  readonly calls: Readonly<Record<string, number>>;
}

/**
 * A wire that keeps a RocketMQ client on it. The proxy's routes name the broker's own address, and a client follows them; here
 * they are changed on their way to name the wire. Done in the bytes, where the new port must have the length of the old one,
 * and not in the client: what is tested is the client as it is delivered.
 */
export async function openBrokerWire(
  endpoint: string,
  { port, random }: Pick<WireOptions, 'port' | 'random'> = {},
): Promise<BrokerWire> {
  const [host = '', brokerPort] = endpoint.split(':');
  const state: TrapState = { sprung: false, seen: 0, calls: {} };
  const broker = { host, port: Number(brokerPort) };
  let own: { readonly port: number } | undefined;
  const wire = await openWire(endpoint, {
    port: port ?? (await sameLengthPort(broker.port)),
    random,
    trap: state,
    watch: () => new CallWatcher(state, broker, own?.port ?? broker.port),
  });
  own = wire;
  const heal = wire.heal.bind(wire);
  return Object.assign(wire, {
    calls: state.calls,
    trapCall: (trap: CallTrap) => void Object.assign(state, { trap, sprung: false, seen: 0 }),
    heal: () => {
      delete state.trap;
      heal();
    },
  });
}
