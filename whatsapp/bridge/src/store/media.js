import { randomUUID } from 'node:crypto';

/** @import { Database } from '../database.js' */
/** @import { Vault } from '../vault.js' */
/** @import { Clock } from '../clock.js' */

export const KEPT_MS = 7 * 86_400_000;

/** What customers sent besides text; sealed, kept for a week. */
export class MediaStore {
  /** @param {Database} db @param {Vault} vault @param {Clock} clock */
  constructor(db, vault, clock) {
    this.db = db;
    this.vault = vault;
    this.clock = clock;
  }

  /**
   * @param {string} session
   * @param {{ content: Buffer, mimetype: string, filename: string | null }} file
   * @returns {Promise<string>} its id
   */
  async keep(session, { content, mimetype, filename }) {
    const id = `media_${randomUUID()}`;
    await this.db.pool.query(
      `INSERT INTO bridge.wa_media (id, session, mimetype, filename, content, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, session, mimetype, filename, this.vault.seal(session, id, content), new Date(this.clock.now() + KEPT_MS)],
    );
    return id;
  }

  /**
   * @param {string} session
   * @param {string} id
   * @returns {Promise<{ mimetype: string, content: Buffer | null } | null>} no content: it has run out
   */
  async get(session, id) {
    const found = await this.db.pool.query(
      'SELECT mimetype, content, expires_at FROM bridge.wa_media WHERE session = $1 AND id = $2',
      [session, id],
    );
    const row = found.rows[0];
    if (!row) return null;
    const gone = !row.content || row.expires_at.getTime() <= this.clock.now();
    return { mimetype: row.mimetype, content: gone ? null : this.vault.open(session, id, row.content) };
  }
}
