/** @import { Queries } from '../database.js' */

/**
 * @typedef {object} Chat
 * @property {string} chat_id
 * @property {string | null} lid
 * @property {string | null} phone
 * @property {number | null} ephemeral_s
 *
 * @typedef {'new' | 'known' | 'readable'} Seen known: it had its effect already. readable: told as undecryptable or
 *   not at all so far, and its content has come now.
 */

const COLUMNS = 'chat_id, lid, phone, ephemeral_s';

/**
 * Remember that a chat exists.
 *
 * @param {Queries} client
 * @param {string} session
 * @param {Chat} chat
 * @param {Date} at
 */
export async function touchChat(client, session, { chat_id, lid, phone, ephemeral_s }, at) {
  await client.query(
    `INSERT INTO bridge.wa_chat AS c (session, chat_id, lid, phone, ephemeral_s, last_at)
     SELECT name, $2, $3, $4, $5, $6 FROM bridge.wa_session WHERE name = $1
     ON CONFLICT (session, chat_id) DO UPDATE SET lid = coalesce(excluded.lid, c.lid),
       phone = coalesce(excluded.phone, c.phone), ephemeral_s = coalesce(excluded.ephemeral_s, c.ephemeral_s),
       last_at = greatest(c.last_at, excluded.last_at)`,
    [session, chat_id, lid, phone, ephemeral_s, at],
  );
}

/**
 * Whether a mapping is news about a chat that exists; it is written down.
 *
 * @param {Queries} client
 * @param {string} session
 * @param {{ lid: string, phone: string }} mapping
 * @returns {Promise<boolean>}
 */
export async function learnMapping(client, session, { lid, phone }) {
  const changed = await client.query(
    `UPDATE bridge.wa_chat SET lid = $2, phone = $3
      WHERE session = $1 AND (lid = $2 OR phone = $3) AND (lid IS DISTINCT FROM $2 OR phone IS DISTINCT FROM $3)`,
    [session, lid, phone],
  );
  return (changed.rowCount ?? 0) > 0;
}

/**
 * @param {Queries} client
 * @param {string} session
 * @param {{ chat_id?: string, phone?: string }} target
 * @returns {Promise<Chat | null>} the one written in last, if several fit
 */
export async function findChat(client, session, target) {
  const found = await client.query(
    `SELECT ${COLUMNS} FROM bridge.wa_chat WHERE session = $1 AND ${target.chat_id ? 'chat_id' : 'phone'} = $2
      ORDER BY last_at DESC LIMIT 1`,
    [session, target.chat_id ?? target.phone],
  );
  return found.rows[0] ?? null;
}

/** Another account's chats are no chats of this one. @param {Queries} client @param {string} session */
export async function forgetChats(client, session) {
  await client.query('DELETE FROM bridge.wa_chat WHERE session = $1', [session]);
}

/**
 * Note a readable message; what it was before decides whether it may have its effect.
 *
 * @param {Queries} client
 * @param {string} session
 * @param {{ chat: string, messageId: string, at: Date }} message
 * @returns {Promise<Seen>}
 */
export async function seeMessage(client, session, { chat, messageId, at }) {
  const done = await client.query(
    `WITH old AS (SELECT state FROM bridge.wa_seen WHERE session = $1 AND chat = $2 AND message_id = $3 FOR UPDATE)
     INSERT INTO bridge.wa_seen AS s (session, chat, message_id, state, seen_at) VALUES ($1, $2, $3, 'done', $4)
     ON CONFLICT (session, chat, message_id) DO UPDATE SET state = 'done', stub = NULL WHERE s.state <> 'done'
     RETURNING (SELECT state FROM old) AS before`,
    [session, chat, messageId, at],
  );
  if (done.rowCount === 0) return 'known';
  return done.rows[0].before ? 'readable' : 'new';
}

/**
 * Note a message that cannot be read so far. Its id is not done: the content may follow under it.
 *
 * @param {Queries} client
 * @param {string} session
 * @param {{ chat: string, messageId: string, at: Date, stub: Buffer }} message
 */
export async function seeStub(client, session, { chat, messageId, at, stub }) {
  await client.query(
    `INSERT INTO bridge.wa_seen (session, chat, message_id, state, stub, seen_at) VALUES ($1, $2, $3, 'stub', $4, $5)
     ON CONFLICT (session, chat, message_id) DO NOTHING`,
    [session, chat, messageId, stub, at],
  );
}

/**
 * The messages whose content has not come by `before`; from now on they count as told.
 *
 * @param {Queries} client
 * @param {string} session
 * @param {Date} before
 * @returns {Promise<{ message_id: string, stub: Buffer }[]>}
 */
export async function takeOldStubs(client, session, before) {
  const found = await client.query(
    `WITH old AS (SELECT session, chat, message_id, stub FROM bridge.wa_seen
                   WHERE session = $1 AND state = 'stub' AND seen_at <= $2 FOR UPDATE)
     UPDATE bridge.wa_seen s SET state = 'told', stub = NULL FROM old
      WHERE s.session = old.session AND s.chat = old.chat AND s.message_id = old.message_id
     RETURNING s.message_id, old.stub`,
    [session, before],
  );
  return found.rows;
}
