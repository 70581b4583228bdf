import { listening, stopAll } from './admin.fixture-spec.js';
import { quarantineRoutes } from './quarantine-routes.js';

afterEach(stopAll);

/** Has message 42; remembers what it was asked. */
class QuarantineOfATest {
  readonly asked: unknown[] = [];

  async list(filter: object): Promise<readonly { readonly id: string; readonly body: Buffer }[]> {
    this.asked.push(filter);
    return [
      { id: '42', body: Buffer.from('{"orderId":"ü"}') },
      { id: '43', body: Buffer.from([0xff, 0x00]) },
    ];
  }
  async replay(id: string): Promise<void> {
    if (id !== '42') throw Object.assign(new Error('No such message.'), { code: 'MQ_NOT_IN_QUARANTINE' });
    this.asked.push({ replay: id });
  }
  async discard(id: string, reason: string): Promise<void> {
    if (!reason) throw Object.assign(new Error('Say why.'), { code: 'MQ_QUARANTINE_REASON' });
    this.asked.push({ discard: id, reason });
  }
}

const start = async () => {
  const quarantine = new QuarantineOfATest();
  const { ask } = await listening(quarantineRoutes(quarantine));
  return { quarantine, ask };
};

describe('the quarantine routes', () => {
  it('show messages, a text as text and bytes as base64', async () => {
    const { quarantine, ask } = await start();
    expect(await ask('GET', '/quarantine?group=order&key=k-1&limit=20&after=41')).toMatchObject({
      status: 200,
      body: {
        messages: [
          { id: '42', body: '{"orderId":"ü"}' },
          { id: '43', bodyBase64: '/wA=' },
        ],
      },
    });
    expect(quarantine.asked).toEqual([{ group: 'order', key: 'k-1', limit: 20, after: '41' }]);
  });

  it.each(['limit=0', 'limit=501', 'limit=x', 'after=-1', 'group=', 'grup=order', 'key=a&key=b'])(
    'refuse the filter %s',
    async (query) => {
      const { ask } = await start();
      const { status, body } = await ask('GET', `/quarantine?${query}`);
      expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
      expect(body['errors']).toMatchObject([{ pointer: `/${query.split('=')[0]}` }]);
    },
  );

  it('replay a message, or say that it is not there', async () => {
    const { quarantine, ask } = await start();
    expect((await ask('POST', '/quarantine/42/replay')).status).toBe(204);
    expect(quarantine.asked).toEqual([{ replay: '42' }]);
    expect(await ask('POST', '/quarantine/44/replay')).toMatchObject({
      status: 404,
      body: { code: 'MQ_NOT_IN_QUARANTINE' },
    });
  });

  it('discard a message, with a reason only', async () => {
    const { quarantine, ask } = await start();
    expect((await ask('POST', '/quarantine/42/discard', { reason: 'forged' })).status).toBe(204);
    expect(quarantine.asked).toEqual([{ discard: '42', reason: 'forged' }]);
    expect(await ask('POST', '/quarantine/42/discard', { reason: '' })).toMatchObject({ status: 400 });
    expect(await ask('POST', '/quarantine/42/discard')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/reason' }] },
    });
  });
});
