import { stackModule } from '../../scenarios/support/stack.js';

export interface SecuredBroker {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  /** PEM of the authority that signed the proxy's certificate. */
  readonly caFile: string;
  close(): Promise<void>;
}

/** A RocketMQ of its own, with access control and TLS, for as long as the example takes. */
export async function securedBroker(): Promise<SecuredBroker> {
  const { startStack } = await stackModule();
  const stack = await startStack({ profile: 'secured', ports: 'free', log: () => undefined });
  const { security } = stack;
  if (!security) throw new Error('The profile "secured" gave no credentials.');
  return { ...security, endpoint: stack.rocketmqEndpoint, close: () => stack.stop() };
}
