import type { ClientBase } from 'pg';

/**
 * For the event `connect`, or the option `onConnect`, of a pool: a connection that PostgreSQL ends does not end the process.
 *
 * pg tells of it by an `error` event of the client, which throws when nobody listens. A pool listens to idle clients only, and
 * whoever is given one listens a tick later at the earliest; an end that comes in one packet with the greeting, as when all
 * connections are being terminated, falls between. Nothing is hidden by this: the next statement of whoever has it fails.
 */
export function surviveConnectionLoss(client: ClientBase): void {
  client.on('error', () => undefined);
}
