import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './stack-error.mjs';

/** Those that say something; RocketMQ writes two dozen more beside them. */
const files = [
  'postgres/postgres.log',
  'rocketmq/namesrv.log',
  'rocketmq/broker.log',
  'rocketmq/logs/rocketmqlogs/broker.log',
  'rocketmq/logs/rocketmqlogs/proxy.log',
  'rocketmq/logs/rocketmqlogs/transaction.log',
];

/** @param {string} folder @param {boolean} follow @returns {Promise<void>} */
export function logs(folder, follow) {
  const present = files.map((file) => join(folder, file)).filter((file) => existsSync(file));
  if (present.length === 0)
    throw new StackError(`There are no logs in ${folder}. Start the stack: npm run stack -- up`);
  return new Promise((resolve, reject) => {
    const child = spawn('tail', ['-n', '20', ...(follow ? ['-F'] : []), ...present], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', () => resolve());
  });
}
