import { createHash } from 'node:crypto';
import { newMessageId } from '../ids.js';

/** @import { Database, Queries } from '../database.js' */
/** @import { Vault } from '../vault.js' */
/** @import { Clock } from '../clock.js' */
/** @import { Lease } from '../types.js' */

/**
 * @typedef {object} SendRequest what is to be sent, as the product asked for it
 * @property {'text' | 'image' | 'document' | 'audio'} type
 * @property {string | null} text
 * @property {{ url: string, mimetype: string, filename: string | null } | null} media
 * @property {string | null} caption
 * @property {string | null} reply_to
 * @property {number} simulate_typing_ms
 *
 * @typedef {'queued' | 'sending' | 'sent' | 'failed' | 'expired'} OutState
 *
 * @typedef {object} OutItem
 * @property {number} id
 * @property {string} message_id
 * @property {string} chat_id
 * @property {OutState} state
 * @property {number} ack
 * @property {string | null} error
 * @property {number} attempts
 * @property {Date | null} expires_at
 * @property {string} body_hash
 * @property {SendRequest} request
 */

const COLUMNS = 'id, message_id, chat_id, state, ack, error, attempts, expires_at, body_hash, body';

/** What the product wants sent: one row per message, with WhatsApp's own id before anything leaves. */
export class Outbox {
  /** @param {Database} db @param {Vault} vault @param {Clock} clock */
  constructor(db, vault, clock) {
    this.db = db;
    this.vault = vault;
    this.clock = clock;
  }

  /**
   * Take a message on, once per key.
   *
   * @param {string} session
   * @param {{ key: string, rawBody: Buffer, chatId: string, request: SendRequest, expiresAt: Date | null }} order
   * @returns {Promise<OutItem>}
   */
  async add(session, { key, rawBody, chatId, request, expiresAt }) {
    const messageId = newMessageId();
    const added = await this.db.pool.query(
      `INSERT INTO bridge.wa_outbox (session, idem_key, body_hash, message_id, chat_id, body, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (session, idem_key) DO NOTHING RETURNING ${COLUMNS}`,
      [
        session,
        key,
        hashOf(rawBody),
        messageId,
        chatId,
        this.vault.sealJson(session, `out:${messageId}`, request),
        new Date(this.clock.now()),
        expiresAt,
      ],
    );
    if (added.rows[0]) return this.#row(session, added.rows[0]);
    return /** @type {OutItem} */ (await this.byKey(session, key)); // another request was quicker
  }

  /** @param {string} session @param {string} key @returns {Promise<OutItem | null>} */
  async byKey(session, key) {
    return this.#one(session, 'idem_key = $2', key);
  }

  /**
   * @param {string} session
   * @param {string} messageId
   * @param {Queries} [client]
   * @returns {Promise<OutItem | null>}
   */
  async byMessageId(session, messageId, client) {
    return this.#one(session, 'message_id = $2', messageId, client);
  }

  /** What has run out, so that it is told in time; else the first in line. @param {string} session */
  async next(session) {
    const found = await this.db.pool.query(
      `SELECT ${COLUMNS} FROM bridge.wa_outbox WHERE session = $1 AND state IN ('queued', 'sending')
        ORDER BY coalesce(expires_at <= $2, false) DESC, id LIMIT 1`,
      [session, new Date(this.clock.now())],
    );
    return found.rows[0] ? this.#row(session, found.rows[0]) : null;
  }

  /** When the next of those that wait runs out. @param {string} session @returns {Promise<Date | null>} */
  async nextExpiry(session) {
    const found = await this.db.pool.query(
      `SELECT min(expires_at) AS at FROM bridge.wa_outbox WHERE session = $1 AND state IN ('queued', 'sending')`,
      [session],
    );
    return found.rows[0].at;
  }

  /** @param {string} session @returns {Promise<number>} */
  async waiting(session) {
    const found = await this.db.pool.query(
      "SELECT count(*) AS n FROM bridge.wa_outbox WHERE session = $1 AND state IN ('queued', 'sending')",
      [session],
    );
    return found.rows[0].n;
  }

  /** Note, before anything leaves, that it is about to. @param {Lease} lease @param {OutItem} item */
  async sending(lease, item) {
    await this.db.fenced(lease, (client) =>
      client.query("UPDATE bridge.wa_outbox SET state = 'sending', attempts = attempts + 1 WHERE id = $1", [item.id]),
    );
  }

  /**
   * Note that it left, with what a phone may ask for again.
   *
   * @param {Lease} lease
   * @param {OutItem} item
   * @param {Uint8Array} proto
   */
  async sent(lease, item, proto) {
    const now = new Date(this.clock.now());
    await this.db.fenced(lease, async (client) => {
      await client.query(
        `INSERT INTO bridge.wa_sent_proto (session, message_id, proto, sent_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (session, message_id) DO NOTHING`,
        [lease.session, item.message_id, this.vault.seal(lease.session, `proto:${item.message_id}`, proto), now],
      );
      await client.query(
        "UPDATE bridge.wa_outbox SET state = 'sent', sent_at = $2 WHERE id = $1 AND state = 'sending'",
        [item.id, now],
      );
    });
  }

  /** @param {string} session @param {string} messageId @returns {Promise<Buffer | null>} */
  async sentProto(session, messageId) {
    const found = await this.db.keyPool.query(
      'SELECT proto FROM bridge.wa_sent_proto WHERE session = $1 AND message_id = $2',
      [session, messageId],
    );
    return found.rows[0] ? this.vault.open(session, `proto:${messageId}`, found.rows[0].proto) : null;
  }

  /**
   * Raise a message's acknowledgement; -1 is a failure, final unless it had already arrived.
   *
   * @param {string} session
   * @param {string} messageId
   * @param {number} ack
   * @param {string | null} error
   * @param {Queries} client
   * @returns {Promise<string | null>} the chat, if this was news
   */
  async acknowledge(session, messageId, ack, error, client) {
    const failed = error === 'expired' ? 'expired' : 'failed';
    const changed = await client.query(
      `UPDATE bridge.wa_outbox SET ack = $3, error = $4, state = CASE WHEN $3 < 0 THEN '${failed}' ELSE 'sent' END
        WHERE session = $1 AND message_id = $2
          AND ack >= 0 AND (($3 > ack) OR ($3 < 0 AND ack < 2)) RETURNING chat_id`,
      [session, messageId, ack, error],
    );
    return changed.rows[0]?.chat_id ?? null;
  }

  /** @param {string} session @param {string} condition @param {string} value @param {Queries} [client] */
  async #one(session, condition, value, client = this.db.pool) {
    const found = await client.query(`SELECT ${COLUMNS} FROM bridge.wa_outbox WHERE session = $1 AND ${condition}`, [
      session,
      value,
    ]);
    return found.rows[0] ? this.#row(session, found.rows[0]) : null;
  }

  /** @param {string} session @param {any} row @returns {OutItem} */
  #row(session, { body, ...row }) {
    return { ...row, request: this.vault.openJson(session, `out:${row.message_id}`, body) };
  }
}

/** @param {Buffer} body */
export const hashOf = (body) => createHash('sha256').update(body).digest('hex');
