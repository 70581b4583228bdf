import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReservationAsked {
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

/** What POST /reservations answers: status and body, or nothing at all. */
export type Behaviour = (asked: ReservationAsked) => Promise<{ status: number; body: object } | 'silence'>;

export const reserves: Behaviour = async ({ orderId, lines }) => ({
  status: 201,
  body: { orderId, state: 'RESERVED', reason: null, lines },
});
export const refuses: Behaviour = async ({ orderId, lines }) => ({
  status: 201,
  body: { orderId, state: 'REFUSED', reason: 'Not enough stock of tea.', lines },
});

/** The inventory's side of the call, by its contract; the real one is tried in scenarios/. */
export class FakeInventory {
  readonly asked: ReservationAsked[] = [];
  behaviour: Behaviour = reserves;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeInventory> {
    const server = createServer();
    const fake = new FakeInventory(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        // What our own service has written.
        const asked = JSON.parse(Buffer.concat(chunks).toString()) as ReservationAsked;
        fake.asked.push(asked);
        void fake.behaviour(asked).then((answer) => {
          if (answer === 'silence') return;
          response.writeHead(answer.status, { 'content-type': 'application/json' });
          response.end(JSON.stringify(answer.body));
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    // It listens on a port, so this is no pipe's name.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
