// Needs nothing installed: prepare() runs "npm ci" and the build when they are due, then the compiled soak takes over.
import { prepare } from '../stack/prepare.mjs';
import { runMain } from '../stack/run-main.mjs';

await runMain(async () => {
  await prepare();
  const { soak } = await import(new URL('../dist/scenarios/soak/soak.js', import.meta.url).href);
  process.exitCode = await soak(process.argv.slice(2));
});
