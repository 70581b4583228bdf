import { UsageError } from '../support/usage-error.js';
import { parseAuditArguments } from './arguments.js';

it('looks once unless it is to watch', () => {
  expect(parseAuditArguments(['--settled', '--json'])).toEqual({ settled: true, json: true, help: false });
});

it.each([
  [['--watch'], 10_000],
  [['--watch', '--every', '500ms'], 500],
  [['--watch', '--every', '1m'], 60_000],
])('%j watches every %d ms', (args, everyMs) => {
  expect(parseAuditArguments(args)).toMatchObject({ everyMs });
});

it.each([
  [['--every', '5s']],
  [['--watch', '--settled']],
  [['--watch', '--every', '10']],
  [['--watch', '--every', '1ms']],
  [['--loud']],
])('refuses %j', (args) => {
  expect(() => parseAuditArguments(args)).toThrow(UsageError);
});
