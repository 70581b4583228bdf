import { expect, test } from '@jest/globals';
import { examples } from './support/all.js';
import type { Example } from './support/example.js';
import { placeOf } from './support/place.js';
import { perform } from './support/stage.js';

// Concurrent (jest: five at a time), because an example waits for the broker most of its time.
test.concurrent.each(examples.map((example) => [example.name, example] as const))(
  '%s goes as it says',
  async (_, example) => {
    expect(await performed(example)).toBe('');
  },
  120_000,
);

/** @returns nothing when all was as expected, else everything that was printed */
async function performed(example: Example): Promise<string> {
  const endpoint = process.env['ROCKETMQ_ENDPOINT'] ?? '';
  const place = await placeOf(process.env['HALFWAY_TEST_STACK_FOLDER'] ?? '');
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const { differences, warnings } = await perform(example, { endpoint, print, ...(place ? { place } : {}) });
  return differences.length === 0 ? '' : ['', ...lines, ...warnings].join('\n');
}
