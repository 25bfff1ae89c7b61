import { readFile, readdir } from 'node:fs/promises';
import pg from 'pg';

const MIGRATIONS = new URL('../migrations/', import.meta.url);
const MIGRATION_LOCK = 0x77612d6272; // any fixed number: one bridge at a time brings the tables up to date
const INT8 = 20;

pg.types.setTypeParser(INT8, Number); // sequences of ours stay below 2^53

/**
 * Somebody else holds the session now: whatever was about to be written must not be.
 */
export class LeaseLost extends Error {}

/** @typedef {Pick<pg.ClientBase, 'query'>} Queries a pool, or the client of one transaction */

/**
 * Addresses of unix sockets as well, in the form that Django's settings read: no host, and a path that is the
 * socket's folder and the database's name, such as `postgres://user@//run/folder/name` (signs may be encoded).
 *
 * @param {string} url
 * @returns {pg.PoolConfig}
 */
export function connection(url) {
  const [, account = '', rest = ''] = /^postgres(?:ql)?:\/\/(?:([^@/]*)@)?\/([^?]*)/i.exec(url) ?? [];
  const path = decodeURIComponent(rest);
  const end = path.lastIndexOf('/');
  if (end < 0) return { connectionString: url };
  const [user, password] = account.split(':').map(decodeURIComponent);
  return {
    host: path.slice(0, end),
    database: path.slice(end + 1),
    ...(user && { user }),
    ...(password && { password }),
  };
}

export class Database {
  /**
   * @param {string} url
   * @param {import('./log.js').Log} log
   */
  constructor(url, log) {
    const options = connection(url);
    this.pool = new pg.Pool({ ...options, max: 8, query_timeout: 10_000, connectionTimeoutMillis: 5_000 });
    // The protocol library holds a lock while it waits for its keys: it must get them, or an error, soon.
    this.keyPool = new pg.Pool({ ...options, max: 4, query_timeout: 2_000, connectionTimeoutMillis: 2_000 });
    for (const pool of [this.pool, this.keyPool]) {
      pool.on('error', () => log.warn('A database connection was lost.'));
    }
  }

  /**
   * @template T
   * @param {(client: pg.PoolClient) => Promise<T>} work
   * @param {pg.Pool} [pool]
   * @returns {Promise<T>}
   */
  async transaction(work, pool = this.pool) {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      // A client whose rollback fails too is of no use to anybody else.
      await client.query('ROLLBACK').then(
        () => client.release(),
        (broken) => client.release(broken),
      );
      throw error;
    }
  }

  /**
   * A transaction that only the session's holder can make. A new holder cannot appear before it ends.
   *
   * @template T
   * @param {import('./types.js').Lease} lease
   * @param {(client: pg.PoolClient) => Promise<T>} work
   * @param {pg.Pool} [pool]
   * @returns {Promise<T>}
   */
  fenced(lease, work, pool) {
    return this.transaction(async (client) => {
      const held = await client.query(
        'SELECT FROM bridge.wa_lease WHERE session = $1 AND worker = $2 AND fencing = $3 FOR SHARE',
        [lease.session, lease.worker, lease.fencing],
      );
      if (held.rowCount !== 1) throw new LeaseLost();
      return work(client);
    }, pool);
  }

  /** Bring the tables to what this code expects. */
  async migrate() {
    const client = await this.pool.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      await client.query('CREATE SCHEMA IF NOT EXISTS bridge');
      await client.query(
        'CREATE TABLE IF NOT EXISTS bridge.migration (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())',
      );
      const done = await client.query('SELECT name FROM bridge.migration');
      const known = new Set(done.rows.map((row) => row.name));
      for (const name of (await readdir(MIGRATIONS)).filter((one) => one.endsWith('.sql')).sort()) {
        if (known.has(name)) continue;
        const sql = await readFile(new URL(name, MIGRATIONS), 'utf8');
        await client.query(`BEGIN; ${sql}; INSERT INTO bridge.migration (name) VALUES ('${name}'); COMMIT`);
      }
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
      client.release();
    }
  }

  async close() {
    await Promise.all([this.pool.end(), this.keyPool.end()]);
  }
}
