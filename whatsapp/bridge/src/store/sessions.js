/** @import { Database, Queries } from '../database.js' */
/** @import { Vault } from '../vault.js' */
/** @import { DesiredState, Lease, SessionConfig, SessionRow } from '../types.js' */

const COLUMNS = `name, desired_state, status, reason, hook_url, config, me, restriction, epoch, paired_at,
  last_event_at, last_inbound_at`;

/** @typedef {Partial<Pick<SessionRow, 'status' | 'reason' | 'me' | 'restriction' | 'epoch' | 'paired_at'>>} Change */

export class Sessions {
  /** @param {Database} db @param {Vault} vault */
  constructor(db, vault) {
    this.db = db;
    this.vault = vault;
  }

  /**
   * Make the session, or change what the product decides about it.
   *
   * @param {string} name
   * @param {{ desired_state: DesiredState, hook_url: string, config: SessionConfig }} wanted
   * @returns {Promise<SessionRow>}
   */
  async put(name, { desired_state, hook_url, config }) {
    const done = await this.db.pool.query(
      `INSERT INTO bridge.wa_session (name, desired_state, hook_url, config, epoch)
       VALUES ($1, $2, $3, $4, nextval('bridge.wa_epoch_seq'))
       ON CONFLICT (name) DO UPDATE SET desired_state = $2, hook_url = $3, config = $4
       RETURNING ${COLUMNS}`,
      [name, desired_state, hook_url, config],
    );
    return this.#row(done.rows[0]);
  }

  /** @param {string} name @returns {Promise<SessionRow | null>} */
  async get(name) {
    const found = await this.db.pool.query(`SELECT ${COLUMNS} FROM bridge.wa_session WHERE name = $1`, [name]);
    return found.rows[0] ? this.#row(found.rows[0]) : null;
  }

  /** @returns {Promise<SessionRow[]>} */
  async all() {
    const found = await this.db.pool.query(`SELECT ${COLUMNS} FROM bridge.wa_session ORDER BY name`);
    return found.rows.map((row) => this.#row(row));
  }

  /** @param {string} name @param {DesiredState} state */
  async want(name, state) {
    await this.db.pool.query('UPDATE bridge.wa_session SET desired_state = $2 WHERE name = $1', [name, state]);
  }

  /**
   * Write down what has become of a session; only its holder can.
   *
   * @param {Lease} lease
   * @param {Change} change
   * @param {Queries} client
   */
  async change(lease, change, client) {
    const values = /** @type {Record<string, unknown>} */ ({ ...change });
    if (change.me) values.me = this.vault.sealJson(lease.session, 'me', change.me);
    const names = Object.keys(values);
    if (names.length === 0) return;
    const sets = names.map((name, index) => `${name} = $${index + 2}`).join(', ');
    await client.query(`UPDATE bridge.wa_session SET ${sets} WHERE name = $1`, [
      lease.session,
      ...Object.values(values),
    ]);
  }

  /** @returns {Promise<number>} an epoch greater than every earlier one */
  async nextEpoch() {
    const found = await this.db.pool.query("SELECT nextval('bridge.wa_epoch_seq') AS epoch");
    return found.rows[0].epoch;
  }

  /** A message came in. @param {string} name @param {Date} at @param {Queries} client */
  async heard(name, at, client) {
    await client.query('UPDATE bridge.wa_session SET last_event_at = $2, last_inbound_at = $2 WHERE name = $1', [
      name,
      at,
    ]);
  }

  /** Forget a session and everything that belongs to it. @param {string} name */
  async remove(name) {
    await this.db.pool.query('DELETE FROM bridge.wa_session WHERE name = $1', [name]);
  }

  /** @param {any} row @returns {SessionRow} */
  #row(row) {
    return { ...row, me: row.me ? this.vault.openJson(row.name, 'me', row.me) : null };
  }
}
