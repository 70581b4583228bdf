import type { Verdict } from './checks.js';
import type { Environment } from './service.js';
import type { System } from './system.js';

/** An end-to-end story over HTTP. It uses products and customers of its own, waits for conditions, and ends in a verdict. */
export interface Scenario {
  /** What `npm run demo -- NAME` takes. */
  readonly name: string;
  readonly title: string;
  /** What happens and why it matters, for somebody who reads only this. */
  readonly story: string;
  /** Settings of the order service that the story needs; it is restarted with them when it runs with others. */
  readonly environment?: Environment;
  /** `broker`: kills it, so it must be ours. */
  readonly breaks?: 'broker';
  run(system: System): Promise<Verdict>;
}
