// Needs nothing installed: prepare() runs "npm ci" and the build when they are due, then the compiled command takes over.
import { prepare } from '../stack/prepare.mjs';
import { runMain } from '../stack/run-main.mjs';

await runMain(async () => {
  await prepare();
  const { chaos } = await import(new URL('../dist/scenarios/chaos/chaos.js', import.meta.url).href);
  process.exitCode = await chaos(process.argv.slice(2));
});
