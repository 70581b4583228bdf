import { stackModule } from '../../scenarios/support/stack.js';
import type { Place } from './example.js';

/** Where name server and broker of one of our own stacks are. @param folder of a running instance */
export async function placeOf(folder: string): Promise<Place | undefined> {
  const { attachStack } = await stackModule();
  const { external, ports } = await attachStack({ folder, log: () => undefined });
  const { namesrv, broker } = ports;
  if (external.rocketmqEndpoint !== undefined || namesrv === undefined) return undefined;
  return { nameServer: `127.0.0.1:${namesrv}`, broker: `127.0.0.1:${broker}`, nameServerPort: namesrv };
}
