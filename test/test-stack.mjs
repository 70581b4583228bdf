// The one stack of a test run. Jest calls the global set-up once per project that asks for it; all of them get the same.
import { readFileSync } from 'node:fs';
import { attachStack, startStack } from '../stack/index.mjs';

/** Topics and groups for the tests of libs/mq, beside the real ones. */
export const extraTopology = JSON.parse(readFileSync(new URL('topology.json', import.meta.url), 'utf8'));

/** @type {import('../stack/index.mjs').Stack | undefined} only what we started, so only what we may stop */
let ours;

export async function startTestStack() {
  if (ours) return;
  const stack = (await keptRunning()) ?? (ours = await startStack({ profile: 'test', extraTopology }));
  process.env.ROCKETMQ_ENDPOINT = stack.rocketmqEndpoint;
  process.env.HALFWAY_TEST_POSTGRES_URL = stack.postgresAdminUrl;
  process.env.HALFWAY_TEST_STACK_FOLDER = stack.folder;
}

export async function stopTestStack() {
  await ours?.stop();
  ours = undefined;
}

/** A developer's own, which saves the start: npm run stack -- up --profile test; the command prints what to export. */
async function keptRunning() {
  const folder = process.env.HALFWAY_TEST_STACK_FOLDER;
  if (!folder) return undefined;
  const stack = await attachStack({ folder }).catch(() => undefined);
  if (await stack?.isHealthy()) return stack;
  console.error(`There is no running stack in ${folder} (HALFWAY_TEST_STACK_FOLDER): starting one of our own.`);
  return undefined;
}
