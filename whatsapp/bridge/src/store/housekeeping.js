import { REMEMBER_S } from '../signing.js';

/** @import { Database } from '../database.js' */
/** @import { Clock } from '../clock.js' */

const DAY_MS = 86_400_000;

/**
 * Whether a signed request comes for the first time; it is remembered as long as its signature counts.
 *
 * @param {Database} db
 * @param {Clock} clock
 * @param {string} requestId
 * @returns {Promise<boolean>}
 */
export async function firstTime(db, clock, requestId) {
  const added = await db.pool.query(
    'INSERT INTO bridge.wa_request (request_id, seen_at) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [requestId, new Date(clock.now())],
  );
  return added.rowCount === 1;
}

/**
 * Forget what has served its time. What the product never confirmed stays longest.
 *
 * @param {Database} db
 * @param {Clock} clock
 */
export async function tidy(db, clock) {
  const before = (/** @type {number} */ ms) => new Date(clock.now() - ms);
  await db.pool.query('DELETE FROM bridge.wa_request WHERE seen_at < $1', [before(REMEMBER_S * 1000)]);
  await db.pool.query('DELETE FROM bridge.wa_inbox_event WHERE (delivered_at < $1 OR superseded) AND created_at < $1', [
    before(8 * DAY_MS),
  ]);
  await db.pool.query('DELETE FROM bridge.wa_inbox_event WHERE created_at < $1', [before(60 * DAY_MS)]);
  await db.pool.query('DELETE FROM bridge.wa_seen WHERE seen_at < $1', [before(60 * DAY_MS)]);
  await db.pool.query("DELETE FROM bridge.wa_outbox WHERE created_at < $1 AND state NOT IN ('queued', 'sending')", [
    before(30 * DAY_MS),
  ]);
  await db.pool.query('DELETE FROM bridge.wa_sent_proto WHERE sent_at < $1', [before(7 * DAY_MS)]);
  await db.pool.query('UPDATE bridge.wa_media SET content = NULL WHERE expires_at < $1 AND content IS NOT NULL', [
    before(0),
  ]);
  await db.pool.query('DELETE FROM bridge.wa_media WHERE expires_at < $1', [before(30 * DAY_MS)]);
}
