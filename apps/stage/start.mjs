// Needs nothing installed: prepare() runs "npm ci" and the build when they are due, then the compiled stage takes over.
import { prepare } from '../../stack/prepare.mjs';
import { runMain } from '../../stack/run-main.mjs';

await runMain(async () => {
  await prepare();
  const { stage } = await import(new URL('../../dist/apps/stage/src/main.js', import.meta.url).href);
  await stage();
});
