import { isUtf8 } from 'node:buffer';
import { InvalidRequestError } from '../problems/problem.js';
import type { AdminRoute } from './admin-route.js';

interface Message {
  readonly body: Buffer;
}

interface Filter {
  readonly group?: string;
  readonly key?: string;
  readonly limit?: number;
  readonly after?: string;
}

/** The part of the messaging library's `Quarantine` that the routes need. Throws for an id it does not have, or an empty reason. */
interface Quarantine {
  list(filter: Filter): Promise<readonly Message[]>;
  replay(id: string): Promise<void>;
  discard(id: string, reason: string): Promise<void>;
}

const FORMS: Readonly<Record<string, readonly [form: RegExp, detail: string]>> = {
  group: [/^.{1,255}$/u, 'must be the name of a consumer group'],
  key: [/^.{1,200}$/u, 'must be the key of a message'],
  limit: [/^(?:[1-9]|[1-9]\d|[1-4]\d\d|500)$/, 'must be a whole number from 1 to 500'],
  after: [/^\d{1,18}$/, 'must be the id of the last message of the page before'],
};

/** Look at what no retry could fix; handle it again, or close the case. */
export function quarantineRoutes(quarantine: Quarantine): readonly AdminRoute[] {
  return [
    {
      method: 'GET',
      path: '/quarantine',
      handle: async ({ query }) => ({ messages: (await quarantine.list(filterIn(query))).map(readable) }),
    },
    {
      method: 'POST',
      path: '/quarantine/:id/replay',
      handle: async ({ params: { id = '' } }) => {
        await quarantine.replay(id);
        return undefined;
      },
    },
    {
      method: 'POST',
      path: '/quarantine/:id/discard',
      handle: async ({ params: { id = '' }, body }) => {
        await quarantine.discard(id, reasonIn(body));
        return undefined;
      },
    },
  ];
}

/** JSON has no bytes: what is text, as ours are, is told as text. */
function readable({ body, ...facts }: Message): object {
  return isUtf8(body) ? { ...facts, body: body.toString() } : { ...facts, bodyBase64: body.toString('base64') };
}

function filterIn(query: Readonly<Record<string, unknown>>): Filter {
  const flaws = Object.entries(query).flatMap(([name, value]) => {
    const [form, detail] = FORMS[name] ?? [/^(?!)/, `should not exist; there are ${Object.keys(FORMS).join(', ')}`];
    return typeof value === 'string' && form.test(value) ? [] : [{ pointer: `/${name.slice(0, 100)}`, detail }];
  });
  if (flaws.length > 0) throw new InvalidRequestError(flaws);
  // Every value has been looked at: all are texts.
  const { limit, ...others } = query as Readonly<Record<string, string>>;
  return { ...others, ...(limit === undefined ? {} : { limit: Number(limit) }) };
}

function reasonIn(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'reason' in body && typeof body.reason === 'string') {
    if (Object.keys(body).length === 1) return body.reason;
  }
  throw new InvalidRequestError([
    { pointer: '/reason', detail: 'must be the only field, and a text: why it is not needed' },
  ]);
}
