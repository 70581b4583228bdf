import { showProgress } from '../report/progress.js';
import { tellStory } from '../report/story.js';
import { styleFor, type Style } from '../report/style.js';
import { summary, verdictTable } from '../report/verdicts.js';
import { scenarios } from '../stories/all.js';
import { Interruption } from '../support/interruption.js';
import { play, type Outcome } from '../support/play.js';
import { defaultFlow, type Flow } from '../support/flow.js';
import { tellingIn, type Scenario } from '../support/scenario.js';
import { System } from '../support/system.js';
import { GiveUpError, NotInTimeError } from '../support/until.js';
import { UsageError } from '../support/usage-error.js';
import { parseDemoArguments, usage, type DemoArguments } from './arguments.js';
import { findKept, keptFolder, stopKept, throwAwayFolder } from './kept.js';

const names = scenarios.map(({ name }) => name);
const log = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** `npm run demo`: a system of its own, the scenarios, an audit after each, a verdict. @returns the exit code */
export async function demo(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseDemoArguments(args, names);
    switch (parsed.command) {
      case 'help':
        print(usage);
        return 0;
      case 'list':
        for (const scenario of scenarios) print(listed(scenario, parsed.flows));
        return 0;
      case 'stop':
        print((await stopKept(log)) ? 'Stopped, and removed what it stored.' : 'Nothing to stop: no demo was kept.');
        return 0;
      case 'play':
        return await playAll(parsed);
    }
  } catch (error) {
    if (error instanceof UsageError) log(error.message);
    else if (error instanceof GiveUpError || error instanceof NotInTimeError) log(error.message);
    else throw error;
    return error instanceof UsageError ? 2 : 1;
  }
}

async function playAll({ names: chosen, flows, keep, json }: DemoArguments): Promise<number> {
  if (keep && (await findKept(log))) {
    log('An earlier demo is still kept up. Stop it first: npm run demo -- --stop');
    return 1;
  }
  const startedAt = performance.now();
  const interruption = new Interruption(log);
  let system: System | undefined;
  let kept = false;
  try {
    system = await System.start({
      profile: 'demo',
      ports: 'default',
      folder: keep ? keptFolder : throwAwayFolder,
      faults: true,
      log,
    });
    interruption.stopsBy(system.stop.bind(system));
    const { order, inventory, stack } = system;
    log(`order ${order.url}/docs · inventory ${inventory.url}/docs · RocketMQ ${stack.rocketmqEndpoint}`);
    const stories = scenarios.filter(({ name }) => chosen.includes(name));
    const plays = stories.flatMap((scenario) => flows.map((flow) => ({ scenario, flow })));
    const outcomes = await playEach(plays, system, json, interruption);
    if (interruption.signalled) return 1; // on the way out already: the exit code is the signal's
    if (json) print(JSON.stringify({ holds: allHold(outcomes), outcomes }, null, 2));
    else conclude(outcomes, styleFor(process.stdout), performance.now() - startedAt);
    kept = keep;
    return allHold(outcomes) ? 0 : 1;
  } finally {
    if (system && kept) await leaveUp(system);
    else if (system && !interruption.signalled) await stopShown(system);
    interruption.dismiss();
  }
}

const stopShown = (system: System): Promise<void> =>
  showProgress(process.stderr, styleFor(process.stderr), 'stopping', () => system.stop());

interface Play {
  readonly scenario: Scenario;
  readonly flow: Flow;
}

async function playEach(
  plays: readonly Play[],
  system: System,
  json: boolean,
  interruption: Interruption,
): Promise<readonly Outcome[]> {
  const out = json ? process.stderr : process.stdout;
  const style = styleFor(out);
  const outcomes: Outcome[] = [];
  for (const { scenario, flow } of plays) {
    out.write(heading({ scenario, flow }, style));
    const outcome = await showProgress(process.stderr, styleFor(process.stderr), scenario.name, () =>
      play(scenario, system, flow),
    );
    if (interruption.signalled) break; // what it found is about our stopping, not about the system
    out.write(`${tellStory(outcome, style)}\n`);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** The flow is named when it is not the one that everybody expects. */
function heading({ scenario, flow }: Play, style: Style): string {
  const { title, story } = tellingIn(flow, scenario);
  const name = flow === defaultFlow ? scenario.name : `${scenario.name} · ${flow}`;
  const lines = wrap(story, 110).map((line) => style.dim(`  ${line}`));
  return `\n${style.bold(`▸ ${name}`)}: ${title}\n${lines.join('\n')}\n`;
}

/** A scenario that is told differently in two flows has a line for each. */
function listed(scenario: Scenario, flows: readonly Flow[]): string {
  const titles = new Set(flows.map((flow) => tellingIn(flow, scenario).title));
  return [...titles].map((title) => `${scenario.name.padEnd(26)}${title}`).join('\n');
}

function conclude(outcomes: readonly Outcome[], style: Style, tookMs: number): void {
  print(`\n${verdictTable(outcomes, style)}\n`);
  print(`${summary(outcomes, style)} ${style.dim(`(${(tookMs / 1000).toFixed(0)} s)`)}`);
}

async function leaveUp(system: System): Promise<void> {
  const { stack, order, inventory } = system;
  await system.begin(); // without the settings of the last scenario
  system.release();
  log(
    [
      '',
      'Left up:',
      `  order service      ${order.url}/docs`,
      `  inventory service  ${inventory.url}/docs`,
      `  RocketMQ           ${stack.rocketmqEndpoint}`,
      `  order database     ${stack.orderDatabaseUrl}`,
      `  inventory database ${stack.inventoryDatabaseUrl}`,
      `  logs               ${stack.folder}`,
      'Stop all of it: npm run demo -- --stop',
    ].join('\n'),
  );
}

/** What was asked for was played, and nothing failed. */
const allHold = (outcomes: readonly Outcome[]): boolean => outcomes.every(({ result }) => result !== 'fails');

function wrap(text: string, width: number): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
