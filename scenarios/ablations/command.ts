import { cells } from '../chaos/cells/all.js';
import { styleFor, type Style } from '../report/style.js';
import { Interruption } from '../support/interruption.js';
import { refuseOthersServers } from '../support/own-servers.js';
import { ablations } from './all.js';
import { parseAblationArguments, usage } from './arguments.js';
import { writePage, type Ablations } from './page.js';
import { AblatedSystems } from './play-ablated.js';
import { conviction, type Proof } from './proof.js';
import { prove } from './prove.js';

/** A defence that three loads, with other victims each, do not miss is not missed. */
const seedsEach = 3;

const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** `npm run chaos -- --ablations`. @returns the exit code. @throws UsageError */
export async function ablationsCommand(args: readonly string[]): Promise<number> {
  const { help, names, firstSeed, lanes, page, json } = parseAblationArguments(
    args,
    ablations.map(({ name }) => name),
  );
  if (help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  refuseOthersServers('npm run chaos');
  const chosen = ablations.filter(({ name }) => names.includes(name));
  const seeds = Array.from({ length: seedsEach }, (_, index) => firstSeed + index);
  const interruption = new Interruption(log);
  const systems = new AblatedSystems(log);
  interruption.stopsBy(() => systems.stop());
  const isOver = (): boolean => interruption.signalled;
  const out = json ? process.stderr : process.stdout;
  const style = styleFor(out);
  const startedAt = new Date();
  const proofs: Proof[] = [];
  const queue = [...chosen];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next && !isOver(); next = queue.shift()) {
      const proof = await prove(next, { cells, seeds, play: systems.play, isOver });
      if (isOver()) return;
      proofs.push(proof);
      out.write(`${describe(proof, style)}\n`);
    }
  };
  try {
    out.write(`${style.bold(`${chosen.length} ablations, seeds ${seeds.join(', ')}`)}\n`);
    await Promise.all(Array.from({ length: Math.min(lanes, chosen.length) }, lane));
  } finally {
    await systems.stop();
    interruption.dismiss();
  }
  if (isOver()) return 1; // on the way out already: the exit code is the signal's
  const inOrder = chosen.flatMap(({ name }) => proofs.filter((proof) => proof.name === name));
  const tookMs = Date.now() - startedAt.getTime();
  const shown: Ablations = { startedAt: startedAt.toISOString(), tookMs, seeds, lanes, proofs: inOrder };
  if (page) for (const path of writePage(shown)) log(`written: ${path}`);
  if (json) process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  const wrong = inOrder.filter((proof) => !proof.holds).map(({ name }) => name);
  const conclusion =
    wrong.length > 0 ? style.bad(`Not as expected: ${wrong.join(', ')}`) : style.good('All as expected');
  out.write(`\n${conclusion}. ${style.dim(`(${(tookMs / 1000).toFixed(0)} s)`)}\n`);
  return wrong.length === 0 ? 0 : 1;
}

function describe(proof: Proof, style: Style): string {
  const { name, alsoOff, expected, plays, control, tookMs, holds } = proof;
  const convicted = conviction(proof);
  const cells = plays.map(({ cell, result }) => `${result} in ${cell}`).join(', ');
  const by = convicted ? `red in ${convicted.cell}, seed ${convicted.seed}` : cells;
  const head = `${holds ? style.good('✔') : style.bad('✘')} ${name}: ${by}`;
  const facts = `expected ${expected} · ${plays.length} plays · ${(tookMs / 1000).toFixed(0)} s`;
  const unexpected = convicted ? [] : plays.flatMap(({ found }) => found);
  return [
    `${head}  ${style.dim(facts)}`,
    ...[...(convicted?.found ?? []), ...unexpected].map((line) => `    ${line}`),
    ...(control ? [`    and ${control.result} with only ${alsoOff.join(', ')} off`] : []),
    ...(control?.found ?? []).map((line) => `    ${style.bad(line)}`),
  ].join('\n');
}
