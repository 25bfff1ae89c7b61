import pg from 'pg';
import { Database, connection } from '../../src/database.js';
import { makeLog } from '../../src/log.js';

/** A database of this test file's own, with the bridge's tables; null: the tests were given no server. */
export async function makeDatabase() {
  const server = process.env.BRIDGE_TEST_DATABASE_URL;
  if (!server) throw new Error('BRIDGE_TEST_DATABASE_URL must name a PostgreSQL database to make others beside.');
  const name = `bridge_test_${process.pid}`;
  await once(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await once(server, `CREATE DATABASE ${name}`);
  const url = server.replace(/[^/]*$/, name);
  const database = new Database(
    url,
    makeLog(() => undefined),
  );
  await database.migrate();
  return {
    url,
    pool: database.pool,
    empty: () => database.pool.query('TRUNCATE bridge.wa_session, bridge.wa_request CASCADE'),
    drop: async () => {
      await database.close();
      await once(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** @param {string} url @param {string} sql */
async function once(url, sql) {
  const client = new pg.Client(connection(url));
  await client.connect();
  await client.query(sql);
  await client.end();
}
