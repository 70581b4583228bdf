import type { Verdict } from './checks.js';
import type { Flow } from './flow.js';
import type { Environment } from './service.js';
import type { System } from './system.js';

/** How a scenario is told. */
export interface Telling {
  readonly title: string;
  /** What happens and why it matters, for somebody who reads only this. */
  readonly story: string;
}

/** An end-to-end story over HTTP. It uses products and customers of its own, waits for conditions, and ends in a verdict. */
export interface Scenario extends Telling {
  /** What `npm run demo -- NAME` takes. */
  readonly name: string;
  /** What is told otherwise in the flow "return-on-failure". */
  readonly compensating?: Partial<Telling>;
  /** Settings of the order service that the story needs; it is restarted with them when it runs with others. */
  readonly environment?: Environment;
  /** `broker`: kills it, so it must be ours. */
  readonly breaks?: 'broker';
  /** `system.shop` places orders in this flow. */
  run(system: System, flow: Flow): Promise<Verdict>;
}

export const tellingIn = (flow: Flow, { title, story, compensating }: Scenario): Telling =>
  flow === 'return-on-failure' ? { title, story, ...compensating } : { title, story };
