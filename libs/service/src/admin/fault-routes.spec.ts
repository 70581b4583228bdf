import { listening, stopAll } from './admin.fixture-spec.js';
import { faultRoutes } from './fault-routes.js';

afterEach(stopAll);

/** Remembers what it was asked; refuses the plan "bad". */
class FaultsOfATest {
  plan = '';

  arm(plan: string): void {
    if (plan === 'bad') throw Object.assign(new Error('The plan has "bad". Write …'), { code: 'FAULTS_REFUSED' });
    this.plan = plan;
  }
  disarm(): void {
    this.plan = '';
  }
  state(): object {
    return { armed: this.plan, hits: {}, fired: [] };
  }
}

describe('the fault routes', () => {
  it('arm, tell and disarm', async () => {
    const { ask } = await listening(faultRoutes(new FaultsOfATest()));
    expect(await ask('PUT', '/faults', { plan: 'a:kill:1' })).toMatchObject({
      status: 200,
      body: { armed: 'a:kill:1' },
    });
    expect(await ask('GET', '/faults')).toMatchObject({
      status: 200,
      body: { armed: 'a:kill:1', hits: {}, fired: [] },
    });
    expect(await ask('DELETE', '/faults')).toMatchObject({ status: 204, body: {} });
    expect(await ask('GET', '/faults')).toMatchObject({ status: 200, body: { armed: '' } });
  });

  it.each([undefined, 'x', { plan: 1 }, {}, { plan: 'a:kill', more: true }, ['plan']])(
    'refuse the body %j',
    async (body) => {
      const { ask } = await listening(faultRoutes(new FaultsOfATest()));
      const sent = body === 'x' ? '"x"' : body;
      expect(await ask('PUT', '/faults', sent)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    },
  );

  it('pass on why a plan is refused', async () => {
    const { ask } = await listening(faultRoutes(new FaultsOfATest()));
    expect(await ask('PUT', '/faults', { plan: 'bad' })).toMatchObject({
      status: 400,
      body: { code: 'FAULTS_REFUSED', detail: 'The plan has "bad". Write …' },
    });
  });

  it.each(['GET', 'PUT', 'DELETE'])('answer 404 to %s when faults are not enabled, and tell how to', async (method) => {
    const { ask } = await listening(faultRoutes(undefined));
    const { status, body } = await ask(method, '/faults', method === 'PUT' ? { plan: 'a:kill' } : undefined);
    expect({ status, code: body['code'] }).toEqual({ status: 404, code: 'FAULTS_NOT_ENABLED' });
    expect(body['detail']).toContain('HALFWAY_FAULTS=on');
  });
});
