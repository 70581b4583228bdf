import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../scenarios/support/stack.js';
import type { Place } from './example.js';

interface Remoting {
  readonly getBrokerClusterInfo: number;
  readonly ask: (port: number, code: number) => Promise<ClusterInfo>;
}
interface ClusterInfo {
  readonly brokerAddrTable: Readonly<Record<string, { readonly brokerAddrs: Readonly<Record<string, string>> }>>;
}

/** Asked in RocketMQ's own protocol, as the clients of RocketMQ 4 do. */
export async function brokersKnownTo({
  nameServerPort,
}: Place): Promise<readonly { readonly name: string; readonly address: string }[]> {
  // stack/ is plain JavaScript that is not compiled to dist/.
  const { ask, getBrokerClusterInfo }: Remoting = await import(
    pathToFileURL(join(root, 'stack', 'rocketmq', 'remoting.mjs')).href
  );
  const { brokerAddrTable } = await ask(nameServerPort, getBrokerClusterInfo);
  return Object.entries(brokerAddrTable).flatMap(([name, { brokerAddrs }]) =>
    Object.values(brokerAddrs).map((address) => ({ name, address })),
  );
}
