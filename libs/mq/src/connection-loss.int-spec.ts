import pg from 'pg';
import { passAlong } from '../../../scenarios/faults/link.js';
import { openWire, type Wire } from '../../../scenarios/faults/wire.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { surviveConnectionLoss } from './connection-loss.js';

/** `FATAL 57P01`, as PostgreSQL says it: E, length, fields of one letter and a text that ends with a zero. */
const fields = Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
const terminated = Buffer.concat([Buffer.from('E'), Buffer.alloc(4), fields]);
terminated.writeInt32BE(fields.length + 4, 1);
/** The end of PostgreSQL's greeting: it waits for a query. */
const ready = Buffer.from('Z\0\0\0\x05I', 'latin1');

let database: TestDatabase;
/** Each connection is terminated the moment it is made: the end stands in one packet with the greeting. */
let wire: Wire;
let pool: pg.Pool;
beforeAll(async () => {
  database = await createDatabase();
  wire = await openWire(database.url, {
    watch: () => ({
      ...passAlong,
      fromServer: (bytes, link) =>
        link.send('toClient', bytes.subarray(-ready.length).equals(ready) ? Buffer.concat([bytes, terminated]) : bytes),
    }),
  });
  pool = new pg.Pool({ connectionString: wire.through(database.url), max: 1, onConnect: surviveConnectionLoss });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool.end();
  await wire.close();
  await database.drop();
});

it('does not end the process when it comes with the greeting, and fails the next statement', async () => {
  const client = await pool.connect();
  await expect(client.query('select 1')).rejects.toThrow();
  client.release(true);
});
