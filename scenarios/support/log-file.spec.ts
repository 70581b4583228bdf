import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFile } from './log-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('reads what was appended since the last look, and a line only when it is complete', () => {
  const path = join(folder, 'order.log');
  const log = new LogFile(path);
  expect(log.read()).toEqual([]);
  appendFileSync(path, '{"msg":"one"}\n{"msg":"tw');
  expect(log.read().map(({ phrase }) => phrase)).toEqual(['one']);
  appendFileSync(path, 'o"}\n');
  expect(log.read().map(({ phrase }) => phrase)).toEqual(['one', 'two']);
});
