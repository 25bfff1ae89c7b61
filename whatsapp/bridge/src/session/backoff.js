/**
 * What to do when WhatsApp ends a connection, by the code it gives. Pure.
 *
 * @import { Reason } from '../types.js'
 *
 * @typedef {object} Closing
 * @property {number} code
 * @property {string} message
 * @property {number} attempts connections in a row that did not last
 * @property {number} badSessions those of them that ended with 500
 * @property {boolean} versionRefreshed whether a newer version was already tried
 *
 * @typedef {{ next: 'reconnect', delayMs: number, refreshVersion?: boolean }
 *   | { next: 'fail', reason: Reason, wipe?: boolean }} Decision
 */

export const RESTART_REQUIRED = 515;
export const STABLE_MS = 5 * 60_000; // a connection that lasted so long counts as a success
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const UNAVAILABLE_FIRST_MS = 15_000;
const UNAVAILABLE_LONGEST_MS = 5 * 60_000;
const MOST_ATTEMPTS = 20;
const MOST_BAD_SESSIONS = 3;

/** @type {Record<number, { reason: Reason, wipe?: boolean }>} */
const FINAL = {
  401: { reason: 'logged_out', wipe: true },
  402: { reason: 'restricted_temp' },
  403: { reason: 'forbidden' },
  406: { reason: 'restricted_temp' },
  411: { reason: 'bad_session' },
  440: { reason: 'replaced' }, // another socket has these credentials: fighting over them gets the number banned
};

/**
 * @param {Closing} closing
 * @param {() => number} random from 0 to 1
 * @returns {Decision}
 */
export function decide({ code, message, attempts, badSessions, versionRefreshed }, random) {
  if (code === RESTART_REQUIRED) return { next: 'reconnect', delayMs: 0 };
  const final = FINAL[code];
  if (final) return { next: 'fail', ...final };
  if (code === 408 && message.includes('QR refs attempts ended')) return { next: 'fail', reason: 'qr_timeout' };
  if (code === 405) {
    return versionRefreshed
      ? { next: 'fail', reason: 'version' }
      : { next: 'reconnect', delayMs: FIRST_MS, refreshVersion: true };
  }
  if (code === 500 && badSessions >= MOST_BAD_SESSIONS) return { next: 'fail', reason: 'bad_session' };
  if (attempts >= MOST_ATTEMPTS) return { next: 'fail', reason: 'retries_exhausted' };
  return {
    next: 'reconnect',
    delayMs:
      code === 503
        ? wait(attempts, UNAVAILABLE_FIRST_MS, UNAVAILABLE_LONGEST_MS, random)
        : wait(attempts, FIRST_MS, LONGEST_MS, random),
  };
}

/**
 * Twice as long each time, up to a quarter of it at random, so that a thousand sessions do not come back at once.
 *
 * @param {number} attempts
 * @param {number} first
 * @param {number} longest
 * @param {() => number} random
 */
export function wait(attempts, first, longest, random) {
  const full = Math.min(longest, first * 2 ** Math.min(attempts, 30));
  return Math.round(full * (0.75 + 0.25 * random()));
}
