// Needs nothing installed: prepare() runs "npm ci" and the build when they are due, then the compiled load run takes over.
import { prepare } from '../stack/prepare.mjs';
import { runMain } from '../stack/run-main.mjs';

await runMain(async () => {
  await prepare();
  const { load } = await import(new URL('../dist/scenarios/load/load.js', import.meta.url).href);
  process.exitCode = await load(process.argv.slice(2));
});
