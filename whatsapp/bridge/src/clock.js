/**
 * Time as the bridge sees it. Everything that waits or compares instants is given one of these.
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds since 1970
 * @property {(run: () => void, ms: number) => unknown} setTimeout
 * @property {(timer: unknown) => void} clearTimeout
 * @property {() => number} aheadMs how far this clock runs ahead of the database's; 0 outside tests
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(/** @type {NodeJS.Timeout} */ (timer)),
  aheadMs: () => 0,
};

/**
 * @param {Clock} clock
 * @param {number} ms
 * @param {AbortSignal} [signal] ends the wait early, without an error
 * @returns {Promise<void>}
 */
export function sleep(clock, ms, signal) {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clock.clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/**
 * Run something again and again, `ms` after it last ended, until the returned function is called.
 *
 * @param {Clock} clock
 * @param {number} ms
 * @param {() => Promise<void>} task must not throw
 * @returns {() => void}
 */
export function every(clock, ms, task) {
  let stopped = false;
  /** @type {unknown} */
  let timer;
  const next = () => {
    timer = clock.setTimeout(async () => {
      await task();
      if (!stopped) next();
    }, ms);
  };
  next();
  return () => {
    stopped = true;
    clock.clearTimeout(timer);
  };
}

/** @param {number} ms @returns {string} */
export const iso = (ms) => new Date(ms).toISOString();
