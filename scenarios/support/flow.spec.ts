import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClientHistory } from '../history/client-history.js';
import { flows, type Flow } from './flow.js';
import { HttpClient } from './http.js';
import { Journal } from './journal.js';
import { tellingIn, type Scenario } from './scenario.js';
import { Shop } from './shop.js';

const lines = [{ sku: 'tea', quantity: 1 }];

it('tells a scenario in the words of its flow, where it has some of its own', () => {
  const told: Scenario = {
    name: 'a',
    title: 'reserved',
    story: 'long',
    run: () => Promise.reject(new Error('not played')),
  };
  const both = { ...told, compensating: { title: 'deducted' } };
  expect(flows.map((flow) => tellingIn(flow, told).title)).toEqual(['reserved', 'reserved']);
  expect(flows.map((flow) => tellingIn(flow, both))).toEqual([
    { title: 'reserved', story: 'long' },
    { title: 'deducted', story: 'long' },
  ]);
});

describe('a shop', () => {
  let server: Server;
  let asked: { readonly flow?: Flow }[];
  let shop: Shop;
  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (bytes: Buffer) => (body += String(bytes)));
      request.on('end', () => {
        asked.push(JSON.parse(body));
        response.writeHead(503, { 'content-type': 'application/problem+json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // It listens on a port, so this is no pipe's name.
    const client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    shop = new Shop(client, client, new ClientHistory(), new Journal());
  });
  afterEach(async () => {
    shop.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('places orders in its flow, unless an order says otherwise', async () => {
    await shop.tryPlace({ lines });
    await shop.placingIn('return-on-failure').tryPlace({ lines });
    await shop.placingIn('return-on-failure').tryPlace({ lines, flow: 'reserve-on-commit' });
    expect(asked.map(({ flow }) => flow)).toEqual([undefined, 'return-on-failure', 'reserve-on-commit']);
  });
});
