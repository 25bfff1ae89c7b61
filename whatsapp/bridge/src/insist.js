import { sleep } from './clock.js';
import { kindOf } from './log.js';
import { wait } from './session/backoff.js';

/** @import { Clock } from './clock.js' */
/** @import { Log } from './log.js' */

// Classes of SQLSTATE: connection, retry, resources, locks, shutdown.
const PASSING = new Set(['08', '40', '53', '55', '57']);

/**
 * Whether the same may work a little later: the database was away or busy, as opposed to having refused.
 *
 * @param {unknown} error
 */
export function mayPass(error) {
  const code = error instanceof Error ? /** @type {{ code?: unknown }} */ (error).code : undefined;
  if (typeof code !== 'string') return error instanceof Error && /connect|timeout|terminated/i.test(error.message);
  return code.length !== 5 || PASSING.has(code.slice(0, 2));
}

/**
 * Do what must not be lost: again and again while the database is away.
 *
 * @template T
 * @param {{ clock: Clock, log: Log, random: () => number }} deps
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function insist({ clock, log, random }, work) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!mayPass(error)) throw error;
      if (attempt === 0)
        log.warn('The database does not take a write; trying until it does.', { error: kindOf(error) });
      await sleep(clock, wait(attempt, 200, 5_000, random));
    }
  }
}
