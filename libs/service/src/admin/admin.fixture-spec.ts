import { pino } from 'pino';
import { AdminListener } from './admin-listener.js';
import type { AdminRoute } from './admin-route.js';

export const TOKEN = 'a-token-that-nobody-guesses';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

/** Started by `listening`, stopped after each test. */
export const running: AdminListener[] = [];

export async function stopAll(): Promise<void> {
  for (const listener of running.splice(0)) await listener.stop();
}

/** A listener of its own with these routes, and somebody who has the token. */
export async function listening(routes: readonly AdminRoute[]) {
  const listener = new AdminListener({ port: 0, token: TOKEN }, routes, pino({ level: 'silent' }));
  await listener.start();
  running.push(listener);
  const { port } = listener;
  const ask = async (method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    // Asserted by the tests, field by field.
    const parsed = (text === '' ? {} : JSON.parse(text)) as Answer['body'];
    return { status: response.status, body: parsed, headers: response.headers };
  };
  return { port, ask };
}
