/** Loaded on use and not above: this file is read before "npm ci" may have run. @param {string} connectionString */
export async function connect(connectionString) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {}); // a killed server; the query in flight rejects on its own
  await client.connect();
  return client;
}

/** @param {string} connectionString */
export async function canConnect(connectionString) {
  try {
    const client = await connect(connectionString);
    await client.end();
    return true;
  } catch {
    return false;
  }
}
