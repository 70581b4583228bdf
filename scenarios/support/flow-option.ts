import { defaultFlow, flows, type Flow } from './flow.js';
import { UsageError } from './usage-error.js';

/** What `--flow` names; the default flow when it is not given. @throws UsageError */
export function flowOption(text: string | undefined, usage: string, also: readonly string[] = []): Flow {
  if (text === undefined) return defaultFlow;
  const flow = flows.find((each) => each === text);
  if (flow) return flow;
  throw new UsageError(`--flow is one of ${[...flows, ...also].join(', ')}, not "${text}".\n\n${usage}`);
}

/** As `flowOption`, where `both` is possible too. @throws UsageError */
export const flowsOption = (text: string | undefined, usage: string): readonly Flow[] =>
  text === 'both' ? flows : [flowOption(text, usage, ['both'])];
