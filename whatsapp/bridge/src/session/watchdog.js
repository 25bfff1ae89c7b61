/**
 * Sessions that went deaf: the socket is open, sending works, and nothing comes in any more. Nothing on the
 * connection tells this apart from a quiet hour, so the measure is the session's own usual traffic. Pure.
 */

const LEAST_MS = 20 * 60_000;
const MOST_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;
const GAPS = 10; // silence of so many usual gaps is suspicious
const SUSPECTED_AFTER = 2; // new connections that brought nothing either

/**
 * How long this session may be silent before it gets a new connection.
 *
 * @param {number} messagesPerDay
 * @param {number} recycles new connections since anything was heard; each doubles the patience
 */
export function patienceMs(messagesPerDay, recycles) {
  const usualGap = messagesPerDay > 0 ? DAY_MS / messagesPerDay : MOST_MS;
  return Math.min(MOST_MS, Math.max(LEAST_MS, GAPS * usualGap)) * 2 ** Math.min(recycles, 2);
}

/** Whether people should hear of it. @param {number} messagesPerDay @param {number} recycles */
export function isSuspected(messagesPerDay, recycles) {
  return recycles >= SUSPECTED_AFTER && messagesPerDay >= 5;
}

/**
 * The next night hour at which a session gets a new connection anyway; spread over two hours by its name.
 *
 * @param {string} name
 * @param {number} nowMs
 */
export function nightlyAt(name, nowMs) {
  let spread = 0;
  for (const letter of name) spread = (spread * 31 + letter.charCodeAt(0)) % (2 * 3_600_000);
  const at = Math.floor(nowMs / DAY_MS) * DAY_MS + 3_600_000 + spread; // 1:00 to 3:00 UTC
  return at > nowMs ? at : at + DAY_MS;
}
