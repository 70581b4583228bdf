import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import type { TimelineResponse } from '@halfway/contracts';
import { eventually } from '../../../../test/support/eventually.js';
import { type Answer, OrderServiceUnderTest } from '../order.fixture-spec.js';

/** The inventory as far as a timeline goes: `answer` is what it says. */
let answer: { status: number; body: unknown } = { status: 200, body: {} };
let inventory: Server;
let service: OrderServiceUnderTest;
let inventoryUrl: string;

beforeAll(async () => {
  inventory = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => inventory.listen(0, '127.0.0.1', resolve));
  inventoryUrl = `http://127.0.0.1:${(inventory.address() as AddressInfo).port}`;
  service = await OrderServiceUnderTest.start({ INVENTORY_URL: inventoryUrl });
});
afterAll(async () => {
  await service.stop();
});

const timelineOf = (orderId: string, of = service): Promise<Answer<TimelineResponse>> =>
  of.get<TimelineResponse>(`/orders/${orderId}/timeline`);

const reserved = (orderId: string): TimelineResponse => ({
  orderId,
  complete: true,
  missing: [],
  steps: [
    { at: new Date(0).toISOString(), service: 'inventory', step: 'long ago' },
    {
      at: '2100-01-01T00:00:00.000Z',
      service: 'inventory',
      step: 'event handled',
      attempt: 1,
      detail: 'stock.reserved',
    },
  ],
});

it('merges what both services know, by time', async () => {
  const { orderId } = (await service.place()).body;
  answer = { status: 200, body: reserved(orderId) };
  await eventually(async () => {
    const { body } = await timelineOf(orderId);
    expect(body).toMatchObject({ orderId, complete: true, missing: [] });
    expect(body.steps.map(({ step }) => step)).toEqual([
      'long ago',
      'timer not armed, the sweeper ends the order',
      'local transaction committed',
      'event handled',
    ]);
    expect(body.steps[2]).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'order',
      process: expect.stringMatching(/^\d+@./),
      step: 'local transaction committed',
      eventType: 'order.placed',
      transactionId: expect.any(String),
      detail: 'without a half message, the sweeper sends its events',
    });
  });
});

it.each([
  ['refuses', { status: 500, body: {} }, 'answered 500'],
  ['answers something else', { status: 200, body: { steps: 'many' } }, 'answered something that is no timeline'],
])('tells its own part when the inventory %s', async (_, wrong, reason) => {
  const { orderId } = (await service.place()).body;
  answer = wrong;
  const { status, body } = await timelineOf(orderId);
  expect(status).toBe(200);
  expect(body).toMatchObject({ complete: false, missing: [{ service: 'inventory', reason }] });
  expect(body.steps.map(({ step }) => step)).toContain('local transaction committed');
});

it('knows no order that nobody placed', async () => {
  answer = { status: 200, body: { orderId: randomUUID(), complete: true, missing: [], steps: [] } };
  expect(await timelineOf(randomUUID())).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
});

it('switched off, and without the inventory, still tells what was decided', async () => {
  inventory.closeAllConnections();
  await new Promise((resolve) => inventory.close(resolve));
  const off = await OrderServiceUnderTest.on(service.database, { JOURNAL: 'off', INVENTORY_URL: inventoryUrl });
  try {
    const { orderId } = (await off.place()).body;
    const { body } = await timelineOf(orderId, off);
    expect(body.steps.map(({ step, process: teller }) => [step, teller])).toEqual([
      ['local transaction committed', undefined],
    ]);
    expect(body.missing).toEqual([
      { service: 'order', reason: 'the journal is switched off' },
      { service: 'inventory', reason: 'cannot be reached: ECONNREFUSED' },
    ]);
  } finally {
    await off.close();
  }
});
