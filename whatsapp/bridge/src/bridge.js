import { every, sleep } from './clock.js';
import { kindOf } from './log.js';
import { Session } from './session/session.js';
import { tidy } from './store/housekeeping.js';
import { Leases, TTL_S } from './store/leases.js';

/** @import { Deps } from './deps.js' */
/** @import { Lease } from './types.js' */

const ROUND_MS = 10_000;
const TIDY_MS = 3_600_000;
const BETWEEN_STARTS_MS = 500; // a restart must not look like an attack

/**
 * The sessions that this process holds. It takes what nobody holds, keeps its leases alive, and lets go of
 * everything when it can no longer be sure of them.
 */
export class Bridge {
  /** @type {Map<string, Session>} */
  sessions = new Map();
  stopping = false;
  #stopped = new AbortController();
  ready = false;
  #leases;
  #renewedAt;
  /** @type {(() => void)[]} */
  #stoppers = [];

  /** @param {Deps} deps */
  constructor(deps) {
    this.deps = deps;
    this.#leases = new Leases(deps.db, deps.config.worker, deps.clock);
    this.#renewedAt = deps.clock.now();
  }

  async start() {
    const { db, clock } = this.deps;
    await tidy(db, clock);
    const taken = await this.#take(await this.#leases.take());
    this.ready = true;
    this.#stoppers.push(every(clock, ROUND_MS, () => this.#round()));
    this.#stoppers.push(every(clock, TIDY_MS, () => tidy(db, clock).catch((error) => this.#trouble(error))));
    await this.#begin(taken);
  }

  /** Let go of every session, in order, so that another bridge can go on at once. */
  async stop() {
    this.stopping = true;
    this.#stopped.abort();
    this.#stoppers.forEach((stop) => stop());
    await Promise.all([...this.sessions.values()].map((session) => this.#letGo(session)));
  }

  /**
   * A session, held by this process from now on.
   *
   * @param {string} name
   * @returns {Promise<Session | null>} null: another bridge holds it, or it is not there
   */
  async hold(name) {
    const held = this.sessions.get(name);
    if (held || this.stopping) return held ?? null;
    await this.#begin(await this.#take(await this.#leases.take(name)));
    return this.sessions.get(name) ?? null;
  }

  /** Forget a session altogether; its device is unlinked if WhatsApp can be reached. @param {Session} session */
  async purge(session) {
    await session.states.run(() => session.connection.logout()).catch((error) => session.problem(error));
    this.sessions.delete(session.name);
    await session.close();
    await this.deps.sessions.remove(session.name);
  }

  /** @param {Lease[]} leases @returns {Promise<Session[]>} */
  async #take(leases) {
    const taken = [];
    for (const lease of leases) {
      const row = await this.deps.sessions.get(lease.session);
      if (!row) continue;
      const stale = this.sessions.get(lease.session); // ours, but it ran out: the machine slept
      if (stale) await this.#drop(stale);
      const session = new Session(this.deps, lease, row, (one, gone) => void this.#gone(one, gone));
      this.sessions.set(lease.session, session);
      taken.push(session);
    }
    return taken;
  }

  /**
   * Set sessions going, not all at the same moment. Their leases are looked after meanwhile.
   *
   * @param {Session[]} taken
   */
  async #begin(taken) {
    for (const [index, session] of taken.entries()) {
      if (index > 0) await sleep(this.deps.clock, BETWEEN_STARTS_MS, this.#stopped.signal);
      if (!session.closed) await session.begin().catch((error) => session.problem(error));
    }
  }

  /** @param {Session} session @param {'lost' | 'deleted'} gone */
  async #gone(session, gone) {
    if (this.sessions.get(session.name) !== session) return;
    this.deps.log.warn('A session is not ours any more.', { session: session.name, why: gone });
    if (gone === 'deleted') await this.purge(session).catch((error) => this.#trouble(error));
    else await this.#drop(session);
  }

  /** @param {Session} session */
  async #drop(session) {
    this.sessions.delete(session.name);
    await session.close();
  }

  /** @param {Session} session */
  async #letGo(session) {
    await this.#drop(session);
    await this.#leases.release(session.lease).catch((error) => this.#trouble(error));
  }

  async #round() {
    const { clock } = this.deps;
    try {
      const held = [...this.sessions.values()];
      const still = await this.#leases.renew(held.map((session) => session.lease));
      this.#renewedAt = clock.now();
      await Promise.all(held.filter((one) => !still.has(one.name)).map((one) => this.#gone(one, 'lost')));
      await this.#followWishes();
      void this.#begin(await this.#take(await this.#leases.take()));
    } catch (error) {
      this.#trouble(error);
      if (clock.now() - this.#renewedAt < TTL_S * 1000 - ROUND_MS) return;
      // Another bridge may take them any moment: two sockets with one device's keys would break it for good.
      await Promise.all([...this.sessions.values()].map((session) => this.#gone(session, 'lost')));
    }
  }

  /** What the product decided through another bridge counts here too. */
  async #followWishes() {
    for (const row of await this.deps.sessions.all()) {
      const session = this.sessions.get(row.name);
      if (!session) continue;
      const { desired_state, hook_url, config } = row;
      const changed = session.row.desired_state !== desired_state;
      Object.assign(session.row, { desired_state, hook_url, config });
      if (changed) await session.enqueue(() => session.conform());
      session.sender.wake();
      session.deliverer.wake();
    }
  }

  /** @param {unknown} error */
  #trouble(error) {
    this.deps.log.error('The bridge met an error.', { error: kindOf(error) });
  }
}
