// Needs nothing installed: prepare() runs "npm ci" and the build when they are due, then the compiled demo takes over.
import { prepare } from '../stack/prepare.mjs';
import { runMain } from '../stack/run-main.mjs';

await runMain(async () => {
  await prepare();
  const { demo } = await import(new URL('../dist/scenarios/demo/demo.js', import.meta.url).href);
  process.exitCode = await demo(process.argv.slice(2));
});
