// Needs nothing installed: prepare() runs "npm ci" and the build when they are due, then the compiled examples take over.
import { prepare } from '../stack/prepare.mjs';
import { runMain } from '../stack/run-main.mjs';

await runMain(async () => {
  await prepare();
  const { main } = await import(new URL('../dist/examples/support/main.js', import.meta.url).href);
  process.exitCode = await main(process.argv.slice(2));
});
