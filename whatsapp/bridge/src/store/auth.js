/** @import { Database } from '../database.js' */
/** @import { Vault } from '../vault.js' */
/** @import { Lease } from '../types.js' */

/** @typedef {{ type: string, id: string, value: Buffer | null }} Entry null: delete it */

const CREDENTIALS = 'creds';

/**
 * The linked device's keys, sealed row by row. A set is one transaction of the session's holder:
 * a ratchet written twice, or half, would make messages unreadable for good.
 */
export class AuthRows {
  /** @param {Database} db @param {Vault} vault @param {Lease} lease */
  constructor(db, vault, lease) {
    this.db = db;
    this.vault = vault;
    this.lease = lease;
  }

  /** @param {string} type @param {string[]} ids @returns {Promise<Map<string, Buffer>>} */
  async get(type, ids) {
    const found = await this.db.keyPool.query(
      'SELECT key_id, value FROM bridge.wa_auth WHERE session = $1 AND type = $2 AND key_id = ANY($3)',
      [this.lease.session, type, ids],
    );
    return new Map(found.rows.map((row) => [row.key_id, this.#open(type, row.key_id, row.value)]));
  }

  /** @param {Entry[]} entries */
  async set(entries) {
    await this.db.fenced(
      this.lease,
      async (client) => {
        const kept = entries.flatMap(({ type, id, value }) =>
          value ? [{ type, id, value: this.#seal(type, id, value) }] : [],
        );
        const gone = entries.filter(({ value }) => value === null);
        if (kept.length > 0) {
          await client.query(
            `INSERT INTO bridge.wa_auth (session, type, key_id, value)
           SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bytea[])
           ON CONFLICT (session, type, key_id) DO UPDATE SET value = excluded.value`,
            [this.lease.session, kept.map((one) => one.type), kept.map((one) => one.id), kept.map((one) => one.value)],
          );
        }
        if (gone.length > 0) {
          await client.query(
            `DELETE FROM bridge.wa_auth WHERE session = $1
             AND (type, key_id) IN (SELECT * FROM unnest($2::text[], $3::text[]))`,
            [this.lease.session, gone.map((one) => one.type), gone.map((one) => one.id)],
          );
        }
      },
      this.db.keyPool,
    );
  }

  /** @returns {Promise<Buffer | null>} */
  async credentials() {
    return (await this.get(CREDENTIALS, [''])).get('') ?? null;
  }

  /** @param {Buffer} value */
  async saveCredentials(value) {
    await this.set([{ type: CREDENTIALS, id: '', value }]);
  }

  /** Forget the linked device. */
  async wipe() {
    await this.db.fenced(this.lease, (client) =>
      client.query('DELETE FROM bridge.wa_auth WHERE session = $1', [this.lease.session]),
    );
  }

  /** @param {string} type @param {string} id @param {Buffer} value */
  #seal(type, id, value) {
    return this.vault.seal(this.lease.session, `auth:${type}:${id}`, value);
  }

  /** @param {string} type @param {string} id @param {Buffer} box */
  #open(type, id, box) {
    return this.vault.open(this.lease.session, `auth:${type}:${id}`, box);
  }
}
