import { ulid } from '../ids.js';

/** @import { Database, Queries } from '../database.js' */
/** @import { Vault } from '../vault.js' */
/** @import { Clock } from '../clock.js' */
/** @import { Me } from '../types.js' */

/**
 * @typedef {object} NewEvent
 * @property {string} event
 * @property {object} payload
 * @property {number} epoch
 * @property {Me | null} me
 * @property {string} [messageId]
 * @property {Buffer} [pending] the packed message whose media is still to be fetched
 * @property {boolean} [coalesce] it takes the place of those of its kind that still wait
 *
 * @typedef {object} StoredEvent
 * @property {number} seq
 * @property {string} event_id
 * @property {string} event
 * @property {number} epoch
 * @property {number} created_ms
 * @property {any} payload
 * @property {Me | null} me
 * @property {Buffer | null} pending
 * @property {number} attempts
 * @property {Date | null} next_at
 */

const COLUMNS = 'seq, event_id, event, epoch, created_at, body, pending, attempts, next_at';
const WAITING = 'delivered_at IS NULL AND dead_at IS NULL AND NOT superseded';

/** What is to be told to the product, in order and durably. */
export class Events {
  /** @type {Map<string, number>} seq of the event that is just being posted, by session */
  underway = new Map();

  /** @param {Database} db @param {Vault} vault @param {Clock} clock */
  constructor(db, vault, clock) {
    this.db = db;
    this.vault = vault;
    this.clock = clock;
  }

  /**
   * Append one event. The session's row is locked first, so numbers become visible in their order.
   *
   * @param {string} session
   * @param {NewEvent} news
   * @param {Queries} client
   * @returns {Promise<number | null>} its number; null: there is no such session (any more)
   */
  async append(session, { event, payload, epoch, me, messageId, pending, coalesce = false }, client) {
    const now = this.clock.now();
    const id = `evt_${ulid(now)}`;
    const locked = await client.query('SELECT FROM bridge.wa_session WHERE name = $1 FOR NO KEY UPDATE', [session]);
    if (locked.rowCount === 0) return null;
    if (coalesce) {
      await client.query(
        `UPDATE bridge.wa_inbox_event SET superseded = true
          WHERE session = $1 AND event = $2 AND ${WAITING} AND seq <> $3`,
        [session, event, this.underway.get(session) ?? 0],
      );
    }
    const done = await client.query(
      `INSERT INTO bridge.wa_inbox_event (session, seq, event_id, event, epoch, message_id, created_at, body, pending)
       VALUES ($1, nextval('bridge.wa_event_seq'), $2, $3, $4, $5, $6, $7, $8) RETURNING seq`,
      [
        session,
        id,
        event,
        epoch,
        messageId ?? null,
        new Date(now),
        this.vault.sealJson(session, `event:${id}`, { me, payload }),
        pending ? this.vault.seal(session, `pending:${id}`, pending) : null,
      ],
    );
    await client.query('UPDATE bridge.wa_session SET last_seq = $2 WHERE name = $1', [session, done.rows[0].seq]);
    return done.rows[0].seq;
  }

  /** The event to be delivered next. @param {string} session @returns {Promise<StoredEvent | null>} */
  async next(session) {
    const found = await this.db.pool.query(
      `SELECT ${COLUMNS} FROM bridge.wa_inbox_event WHERE session = $1 AND ${WAITING} ORDER BY seq LIMIT 1`,
      [session],
    );
    return found.rows[0] ? this.#row(session, found.rows[0]) : null;
  }

  /** Those whose media is still to be fetched. @param {string} session @returns {Promise<StoredEvent[]>} */
  async pending(session) {
    const found = await this.db.pool.query(
      `SELECT ${COLUMNS} FROM bridge.wa_inbox_event
        WHERE session = $1 AND pending IS NOT NULL AND ${WAITING} ORDER BY seq LIMIT 100`,
      [session],
    );
    return found.rows.map((row) => this.#row(session, row));
  }

  /** Complete an event whose media came, or never will. @param {string} session @param {StoredEvent} event */
  async complete(session, event) {
    const body = this.vault.sealJson(session, `event:${event.event_id}`, { me: event.me, payload: event.payload });
    await this.db.pool.query(
      'UPDATE bridge.wa_inbox_event SET body = $3, pending = NULL WHERE session = $1 AND seq = $2',
      [session, event.seq, body],
    );
  }

  /** @param {string} session @param {StoredEvent} event */
  async delivered(session, event) {
    if (event.event === 'session.heartbeat') {
      await this.db.pool.query('DELETE FROM bridge.wa_inbox_event WHERE session = $1 AND seq = $2', [
        session,
        event.seq,
      ]);
      return;
    }
    await this.#mark(session, event, 'delivered_at = $3', [new Date(this.clock.now())]);
  }

  /** @param {string} session @param {StoredEvent} event @param {Date} nextAt */
  async failed(session, event, nextAt) {
    await this.#mark(session, event, 'attempts = attempts + 1, next_at = $3', [nextAt]);
  }

  /**
   * Give up on one event; it stays, for people and for the pull.
   *
   * @param {string} session
   * @param {StoredEvent} event
   * @param {string} reason
   */
  async bury(session, event, reason) {
    await this.#mark(session, event, 'dead_at = $3, dead_reason = $4', [new Date(this.clock.now()), reason]);
  }

  /**
   * What came after `seq`, delivered or not. It ends before an event that is not complete yet.
   *
   * @param {string} session
   * @param {number} seq
   * @param {number} limit
   * @returns {Promise<StoredEvent[]>}
   */
  async after(session, seq, limit) {
    const found = await this.db.pool.query(
      `SELECT ${COLUMNS} FROM bridge.wa_inbox_event
        WHERE session = $1 AND seq > $2 AND NOT superseded AND event <> 'session.heartbeat' ORDER BY seq LIMIT $3`,
      [session, seq, limit],
    );
    const rows = found.rows.map((row) => this.#row(session, row));
    const open = rows.findIndex((row) => row.pending);
    return open < 0 ? rows : rows.slice(0, open);
  }

  /**
   * What a message said, so that an answer can quote it.
   *
   * @param {string} session
   * @param {string} messageId
   * @returns {Promise<{ chat_id: string, from_me: boolean, text: string | null } | null>}
   */
  async message(session, messageId) {
    const found = await this.db.pool.query(
      `SELECT ${COLUMNS} FROM bridge.wa_inbox_event
        WHERE session = $1 AND message_id = $2 AND event IN ('message', 'message.any') ORDER BY seq DESC LIMIT 1`,
      [session, messageId],
    );
    return found.rows[0] ? this.#row(session, found.rows[0]).payload : null;
  }

  /** How many messages a day have come lately. @param {string} session @returns {Promise<number>} */
  async messagesPerDay(session) {
    const week = new Date(this.clock.now() - 7 * 86_400_000);
    const found = await this.db.pool.query(
      `SELECT count(*) / greatest(1, extract(epoch FROM $3::timestamptz - min(created_at)) / 86400)::float AS rate
         FROM bridge.wa_inbox_event WHERE session = $1 AND event = 'message' AND created_at > $2`,
      [session, week, new Date(this.clock.now())],
    );
    return found.rows[0].rate ?? 0;
  }

  /** @param {string} session @param {StoredEvent} event @param {string} sets @param {unknown[]} values */
  async #mark(session, event, sets, values) {
    await this.db.pool.query(`UPDATE bridge.wa_inbox_event SET ${sets} WHERE session = $1 AND seq = $2`, [
      session,
      event.seq,
      ...values,
    ]);
  }

  /** @param {string} session @param {any} row @returns {StoredEvent} */
  #row(session, row) {
    const { created_at: created, body, pending, ...rest } = row;
    const opened = this.vault.openJson(session, `event:${row.event_id}`, body);
    return {
      ...rest,
      ...opened,
      created_ms: created.getTime(),
      pending: pending ? this.vault.open(session, `pending:${row.event_id}`, pending) : null,
    };
  }
}
