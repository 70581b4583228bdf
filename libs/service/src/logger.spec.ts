import { createLogger } from './index.js';

function lineOf(write: (logger: ReturnType<typeof createLogger>) => void): { text: string; fields: object } {
  const lines: string[] = [];
  write(createLogger({ name: 'order', level: 'debug' }, { write: (line: string) => void lines.push(line) }));
  const [text = ''] = lines;
  return { text, fields: JSON.parse(text) };
}

it('writes one line whatever the values are', () => {
  const { text, fields } = lineOf((logger) => logger.info({ sku: 'A\r\n{"level":"fatal"}' }, 'stock received'));
  expect(text.trimEnd()).not.toMatch(/[\r\n]/);
  expect(fields).toMatchObject({ level: 'info', service: 'order', msg: 'stock received' });
});

it('removes secrets, also inside', () => {
  const { text } = lineOf((logger) =>
    logger.info(
      { password: 'hunter2', connection: { secretKey: 'hunter2' }, req: { headers: { authorization: 'hunter2' } } },
      'x',
    ),
  );
  expect(text).not.toContain('hunter2');
});

it('logs of an error what helps, not the row or the password in it', () => {
  const cause = Object.assign(new Error('to postgres://app:hunter2@host/db'), { code: 'ECONNREFUSED' });
  const error = Object.assign(new Error('duplicate key', { cause }), { code: '23505', detail: 'Key (name)=(Alice)' });
  const { text, fields } = lineOf((logger) => logger.error({ err: error }, 'request failed'));
  expect(text).not.toMatch(/hunter2|Alice/);
  expect(fields).toMatchObject({ err: { code: '23505', message: 'duplicate key', cause: { code: 'ECONNREFUSED' } } });
});
