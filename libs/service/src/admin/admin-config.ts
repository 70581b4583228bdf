import type { EnvironmentReader } from '../environment.js';

/** Where a service listens for those who operate or test it, and the secret that they show. */
export interface AdminConfig {
  /** On 127.0.0.1; 0 takes any free one, the line `admin listening` tells which. */
  readonly port: number;
  readonly token: string;
}

/** Short enough to type, too long to guess. */
const SHORTEST_TOKEN = 16;

/** `portVariable` and HALFWAY_ADMIN_TOKEN, which has no default. Undefined when the port is not set: then nothing listens. */
export function adminConfig(env: EnvironmentReader, portVariable: string): AdminConfig | undefined {
  const port = env.optionalPort(portVariable);
  return port === undefined ? undefined : { port, token: env.secret('HALFWAY_ADMIN_TOKEN', SHORTEST_TOKEN) };
}
