import { settled } from './activity.js';

/** @import { Clock } from '../../src/clock.js' */

const LIMIT_MS = 30_000; // of real time: a test that waits for what never comes must say so

/**
 * A clock that stands still until it is told otherwise.
 *
 * @implements {Clock}
 */
export class ManualClock {
  /** @type {Map<number, { at: number, run: () => void }>} */
  #timers = new Map();
  #count = 0;
  #start;
  #now;

  /** @param {number} [start] */
  constructor(start = Date.parse('2026-11-22T08:00:00Z')) {
    this.#start = this.#now = start;
  }

  now = () => this.#now;
  aheadMs = () => this.#now - this.#start;

  /** @param {() => void} run @param {number} ms */
  setTimeout = (run, ms) => {
    this.#count += 1;
    this.#timers.set(this.#count, { at: this.#now + Math.max(0, ms), run });
    return this.#count;
  };

  /** @param {unknown} timer */
  clearTimeout = (timer) => void this.#timers.delete(/** @type {number} */ (timer));

  /** Let time pass; what is due happens in its order. @param {number} ms */
  async advance(ms) {
    const end = this.#now + ms;
    while (this.#fireNext(end)) await settled();
    this.#now = end;
    await settled();
  }

  /** Let a long time pass at once; every timer that is due by then goes off once. @param {number} ms */
  async leap(ms) {
    this.#now += ms;
    for (const [id, { at, run }] of [...this.#timers]) {
      if (at > this.#now || !this.#timers.delete(id)) continue;
      run();
      await settled();
    }
  }

  /**
   * Wait until something is true. Time stands still meanwhile, or moves on by `step` milliseconds at a time.
   *
   * @template T
   * @param {() => T | Promise<T>} condition
   * @param {{ step?: number }} [options]
   * @returns {Promise<NonNullable<T>>}
   */
  async until(condition, { step = 0 } = {}) {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const value = await condition();
      if (value) return value;
      if (Date.now() > end) throw new Error(`It did not come true: ${condition}`);
      if (step > 0) await this.advance(step);
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** @param {number} end */
  #fireNext(end) {
    const [next] = [...this.#timers].sort(([, a], [, b]) => a.at - b.at);
    if (!next || next[1].at > end) return false;
    this.#timers.delete(next[0]);
    this.#now = Math.max(this.#now, next[1].at);
    next[1].run();
    return true;
  }
}
