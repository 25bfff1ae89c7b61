import { every, iso } from '../clock.js';
import { LeaseLost } from '../database.js';
import { Deliverer } from '../hooks/deliverer.js';
import { insist } from '../insist.js';
import { kindOf } from '../log.js';
import { Serial } from '../serial.js';
import { AuthRows } from '../store/auth.js';
import { Connection } from './connection.js';
import { Inbox } from './inbox.js';
import { Sender } from './sender.js';
import { isSuspected, nightlyAt, patienceMs } from './watchdog.js';

/** @import { Deps } from '../deps.js' */
/** @import { Change } from '../store/sessions.js' */
/** @import { NewEvent } from '../store/events.js' */
/** @import { Lease, Reason, Restriction, SessionRow, Status } from '../types.js' */
/** @import { Queries } from '../database.js' */

const HEARTBEAT_MS = 60_000;
const LOCK_MS = 24 * 3_600_000; // WhatsApp did not say how long: the shortest that was seen

/** Everything about one business's WhatsApp, for as long as this process holds its lease. */
export class Session {
  /** Changes of state, one at a time. */
  states = new Serial();
  closed = false;
  recycles = 0;
  perDay = 0;
  #heardAt;
  #nightly;
  /** @type {(() => void)[]} */
  #stoppers = [];

  /**
   * @param {Deps} deps
   * @param {Lease} lease
   * @param {SessionRow} row
   * @param {(session: Session, gone: 'lost' | 'deleted') => void} onGone
   */
  constructor(deps, lease, row, onGone) {
    this.deps = deps;
    this.lease = lease;
    this.name = row.name;
    this.row = row;
    this.onGone = onGone;
    this.auth = new AuthRows(deps.db, deps.vault, lease);
    this.inbox = new Inbox(this);
    this.sender = new Sender(this);
    this.deliverer = new Deliverer(this);
    this.connection = new Connection(this);
    this.#heardAt = deps.clock.now();
    this.#nightly = nightlyAt(row.name, deps.clock.now());
  }

  /** Go on from where the last holder stopped. */
  async begin() {
    this.deliverer.wake();
    this.#stoppers.push(every(this.deps.clock, HEARTBEAT_MS, () => this.enqueue(() => this.#tick())));
    this.perDay = await this.deps.events.messagesPerDay(this.name);
    await this.states.run(() => this.conform());
  }

  /** Run or stop, as the product wants it. A session that failed waits for a person. */
  async conform() {
    const { desired_state: desired, status } = this.row;
    if (desired === 'running' && status !== 'FAILED') await this.connection.start();
    else if (
      desired === 'stopped' &&
      (this.connection.active || ['STARTING', 'SCAN_QR_CODE', 'WORKING'].includes(status))
    ) {
      this.connection.end();
      await this.setStatus('STOPPED', null);
    }
  }

  /**
   * Run a change of state after those before it. An error ends with a line in the log.
   *
   * @param {() => Promise<void>} task
   */
  async enqueue(task) {
    if (this.closed) return;
    try {
      await this.states.run(async () => {
        if (!this.closed) await task();
      });
    } catch (error) {
      this.problem(error);
    }
  }

  /** @param {unknown} error */
  problem(error) {
    if (error instanceof LeaseLost) this.onGone(this, 'lost');
    else if (!this.closed) this.deps.log.error('A session met an error.', { session: this.name, error: kindOf(error) });
  }

  /** Stop everything at once; whatever is unfinished is on record. */
  async close() {
    this.closed = true;
    this.#stoppers.forEach((stop) => stop());
    this.connection.end();
    this.sender.stop();
    this.deliverer.stop();
    await Promise.allSettled([this.states.idle(), this.inbox.idle(), this.sender.idle(), this.deliverer.idle()]);
    this.connection.end(); // what was just being opened
  }

  /**
   * Write a change of state down, and tell the product.
   *
   * @param {Status} status
   * @param {Reason | null} reason
   * @param {Change} [more]
   */
  async setStatus(status, reason, more = {}) {
    await this.#write(
      { status, reason, ...more },
      { event: 'session.status', payload: { status, reason }, coalesce: true },
    );
  }

  /** A phone has just linked this device. */
  async paired() {
    await this.#write({ epoch: await this.deps.sessions.nextEpoch(), paired_at: new Date(this.deps.clock.now()) });
  }

  async forgetDevice() {
    await this.auth.wipe();
    await this.#write({ paired_at: null });
  }

  /** @param {{ active: boolean, until: number | null }} lock */
  async setTimeLock({ active, until }) {
    if (!active && this.row.restriction?.kind !== 'reachout_timelock') return;
    await this.restrict(active ? this.#locked(null, until) : null);
  }

  /** WhatsApp refused a message for the account's sake. @param {string} code */
  async refused(code) {
    await this.restrict(this.#locked(code, null));
  }

  /** @param {string | null} code @param {number | null} until @returns {Restriction} */
  #locked(code, until) {
    return { kind: 'reachout_timelock', code, expires_at: iso(until ?? this.deps.clock.now() + LOCK_MS) };
  }

  /** @param {Restriction | null} restriction */
  async restrict(restriction) {
    const payload = restriction ?? { kind: this.row.restriction?.kind, code: null, expires_at: null };
    await this.#write({ restriction }, { event: 'session.restriction', payload });
    this.sender.wake();
  }

  /** The restriction that holds now. @returns {Restriction | null} */
  get restriction() {
    const { restriction } = this.row;
    return restriction && Date.parse(restriction.expires_at) > this.deps.clock.now() ? restriction : null;
  }

  /** The connection stands. */
  working() {
    this.#heardAt = this.deps.clock.now();
    this.sender.wake();
    this.inbox.resume();
  }

  /** Something came from WhatsApp that only a hearing session gets. */
  heard() {
    this.#heardAt = this.deps.clock.now();
    this.recycles = 0;
  }

  get deafSuspected() {
    return isSuspected(this.perDay, this.recycles);
  }

  async #tick() {
    await this.inbox.settle();
    if (this.row.status === 'STOPPED') return;
    const payload = { ...(await objectOf(this.deps, this.row)), deaf_suspected: this.deafSuspected };
    await this.#write({}, { event: 'session.heartbeat', payload, coalesce: true });
    await this.#watch();
  }

  /** Give a session that is too silent, or has run for a whole day, a new connection. */
  async #watch() {
    const now = this.deps.clock.now();
    const tooSilent = now - this.#heardAt > patienceMs(this.perDay, this.recycles);
    const nightly = now >= this.#nightly;
    if (nightly) this.#nightly = nightlyAt(this.name, now);
    if (this.row.status !== 'WORKING' || !(tooSilent || nightly)) return;
    this.recycles += tooSilent ? 1 : 0;
    this.deps.log.warn('A session gets a new connection.', {
      session: this.name,
      why: tooSilent ? 'silence' : 'nightly',
    });
    this.perDay = await this.deps.events.messagesPerDay(this.name);
    await this.connection.recycle();
  }

  /**
   * @param {Change} change
   * @param {Pick<NewEvent, 'event' | 'payload' | 'coalesce'>} [news]
   */
  async #write(change, news) {
    Object.assign(this.row, change);
    await insist(this.deps, () =>
      this.deps.db.fenced(this.lease, async (client) => {
        await this.deps.sessions.change(this.lease, change, client);
        if (news) await this.append(news, client);
      }),
    );
    if (news) this.deliverer.wake();
  }

  /**
   * @param {Omit<NewEvent, 'epoch' | 'me'>} news
   * @param {Queries} client
   */
  append(news, client) {
    return this.deps.events.append(this.name, { ...news, epoch: this.row.epoch, me: shownMe(this.row) }, client);
  }
}

/** The linked account; nobody's once it is unlinked. @param {SessionRow} row */
const shownMe = (row) => (row.paired_at ? row.me : null);

/**
 * A session as the contract shows it.
 *
 * @param {Deps} deps
 * @param {SessionRow} row
 */
export async function objectOf(deps, row) {
  const { name, status, reason, desired_state, restriction, epoch, last_event_at, last_inbound_at } = row;
  const holds = restriction && Date.parse(restriction.expires_at) > deps.clock.now();
  const outbox_pending = await deps.outbox.waiting(name);
  return {
    name,
    status,
    reason,
    desired_state,
    me: shownMe(row),
    restriction: holds ? restriction : null,
    last_event_at,
    last_inbound_at,
    epoch,
    outbox_pending,
  };
}
