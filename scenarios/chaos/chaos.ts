import { isAboutAblations } from '../ablations/arguments.js';
import { ablationsCommand } from '../ablations/command.js';
import { showProgress } from '../report/progress.js';
import { drawLines } from '../report/story.js';
import { styleFor, type Style } from '../report/style.js';
import { Interruption } from '../support/interruption.js';
import { refuseOthersServers } from '../support/own-servers.js';
import { UsageError } from '../support/usage-error.js';
import { parseChaosArguments, usage, type ChaosArguments } from './arguments.js';
import { faultsFound, type CellResult } from './cell-result.js';
import { cells, groups } from './cells/all.js';
import { Lanes } from './lanes.js';
import { readPage, writePage } from './page.js';
import { summarise, type Matrix } from './matrix.js';
import { sourceCommit } from './source-commit.js';

const log = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const newSeed = (): number => 1 + (Date.now() % 1_000_000);

/** `npm run chaos`: plays the crash matrix. @returns the exit code */
export async function chaos(args: readonly string[]): Promise<number> {
  try {
    if (isAboutAblations(args)) return await ablationsCommand(args);
    const known = cells.map(({ id, quick = false }) => ({ id, quick }));
    const parsed = parseChaosArguments(args, known, newSeed);
    switch (parsed.command) {
      case 'help':
        print(usage);
        return 0;
      case 'list':
        for (const { id, kind, title, point = '' } of cells)
          print(`${id.padEnd(12)}${kind}  ${title.padEnd(64)}${point}`);
        return 0;
      case 'play':
        return await playAll(parsed);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    log(error.message);
    return 2;
  }
}

async function playAll(parsed: ChaosArguments): Promise<number> {
  refuseOthersServers('npm run chaos');
  const { lanes, json, page, seeds } = parsed;
  const chosen = cells.filter(({ id }) => parsed.cells.includes(id));
  const interruption = new Interruption(log);
  const out = json ? process.stderr : process.stdout;
  const style = styleFor(out);
  const earlier = parsed.resume ? readPage() : undefined;
  const known = new Set(cells.map(({ id }) => id));
  let results: readonly CellResult[] = (earlier?.results ?? []).filter(({ id }) => known.has(id));
  const played = new Set(results.map(({ seed }) => seed));
  const startedAt = new Date();
  const commit = sourceCommit();
  const matrix = (): Matrix => {
    const tookMs = (earlier?.tookMs ?? 0) + Date.now() - startedAt.getTime();
    return summarise(groups, results, { startedAt, tookMs, lanes, seeds: [...played] });
  };
  const save = (): void => {
    if (page) for (const path of writePage(matrix())) log(`written: ${path}`);
  };
  try {
    for (const seed of seeds) {
      const shown = new Set(results.filter((each) => each.seed === seed && each.result !== 'red').map(({ id }) => id));
      const left = chosen.filter(({ id }) => !shown.has(id));
      played.add(seed);
      out.write(`${style.bold(`${left.length} cells, seed ${seed}, ${Math.min(lanes, left.length)} lanes`)}\n`);
      const onResult = (result: CellResult): void => {
        // What was red stays red on the page until it has been played again.
        const others = results.filter((each) => each.id !== result.id || each.seed !== result.seed);
        results = [...others, { ...result, ...(commit && { commit }) }];
        out.write(`${describe(result, style)}\n`);
      };
      const playing = new Lanes({ lanes, seed, log, onResult, isOver: () => interruption.signalled });
      interruption.stopsBy(async () => {
        await playing.stop();
        save(); // --resume goes on with it
      });
      await showProgress(process.stderr, styleFor(process.stderr), `seed ${seed}`, () => playing.play(left));
      if (interruption.signalled) return 1; // on the way out already: the exit code is the signal's
      save();
    }
  } finally {
    interruption.dismiss();
  }
  if (json) print(JSON.stringify(matrix(), null, 2));
  else conclude(matrix(), style);
  return matrix().red === 0 ? 0 : 1;
}

function describe(result: CellResult, style: Style): string {
  const { id, title, healedAfterMs, tookMs, happened, seed, timeline = [] } = result;
  const healed = healedAfterMs === undefined ? '' : `healed after ${(healedAfterMs / 1000).toFixed(1)} s`;
  const mark = { green: style.good('✔'), red: style.bad('✘'), skipped: '–' }[result.result];
  const head = `${mark} ${id.padEnd(11)} ${title}  ${style.dim(`${happened} · ${healed} · ${(tookMs / 1000).toFixed(1)} s`)}`;
  if (result.result !== 'red') return head;
  return [
    head,
    ...faultsFound(result).map((fault) => `    ${style.bad(fault)}`),
    ...drawLines(timeline, style),
    `    again: npm run chaos -- --cell ${id} --seed ${seed}`,
  ].join('\n');
}

function conclude({ played, red, skipped, orders, slowestMs, tookMs, results }: Matrix, style: Style): void {
  const failed = results.filter(({ result }) => result === 'red');
  for (const { id, seed } of failed) print(style.bad(`red: ${id} with seed ${seed}`));
  if (skipped > 0) print(`${skipped} could not be played on this machine; they are marked with –`);
  const took = style.dim(`(${(tookMs / 1000).toFixed(0)} s)`);
  const facts = `${orders} orders, healed after at most ${(slowestMs / 1000).toFixed(1)} s`;
  print(
    `\n${red ? style.bad(`${red} of ${played} cells are red`) : style.good(`All ${played} cells are green`)}: ${facts}. ${took}`,
  );
}
