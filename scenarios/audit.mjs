// Needs nothing installed: prepare() runs "npm ci" and the build when they are due, then the compiled auditor takes over.
import { prepare } from '../stack/prepare.mjs';
import { runMain } from '../stack/run-main.mjs';

await runMain(async () => {
  await prepare();
  const { auditCommand } = await import(new URL('../dist/scenarios/audit/command.js', import.meta.url).href);
  process.exitCode = await auditCommand(process.argv.slice(2));
});
