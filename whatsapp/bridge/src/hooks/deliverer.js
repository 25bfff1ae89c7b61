import { sleep } from '../clock.js';
import { ulid } from '../ids.js';
import { insist } from '../insist.js';
import { wait } from '../session/backoff.js';
import { signedHeaders } from '../signing.js';

/** @import { Session } from '../session/session.js' */
/** @import { StoredEvent } from '../store/events.js' */
/** @import { Qr } from '../types.js' */

const TIMEOUT_MS = 10_000;
const FIRST_MS = 1_000;
const LONGEST_MS = 5 * 60_000;
const GIVEN_UP_MS = 72 * 3_600_000;
const REFUSALS = new Set([401, 404, 422]); // the product's last word on this event: people have to look
const GONE = 410;

/**
 * Tells the product what happened, one event after the other, each until it is confirmed. Every session has
 * its own, so that one product page that hangs holds up its own business only.
 */
export class Deliverer {
  #running = Promise.resolve();
  #busy = false;
  #again = false;
  #stop = new AbortController();

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /** There may be something to tell. */
  wake() {
    this.#again = true;
    if (this.#busy || this.#stop.signal.aborted) return;
    this.#busy = true;
    this.#running = this.#run()
      .catch((error) => this.session.problem(error))
      .finally(() => {
        this.#busy = false;
        if (this.#again) this.wake();
      });
  }

  stop() {
    this.#again = false;
    this.#stop.abort();
  }

  async idle() {
    await this.#running;
  }

  async #run() {
    const { deps, name } = this.session;
    while (this.#again) {
      this.#again = false;
      for (;;) {
        const event = await insist(deps, () => deps.events.next(name));
        if (!event || event.pending || this.#stop.signal.aborted) break;
        const ms = (event.next_at?.getTime() ?? 0) - deps.clock.now();
        if (ms > 0) await sleep(deps.clock, ms, this.#stop.signal);
        else await this.#deliver(event);
      }
    }
  }

  /** @param {StoredEvent} event */
  async #deliver(event) {
    const { deps, name } = this.session;
    deps.events.underway.set(name, event.seq);
    const status = await this.#post(event);
    deps.events.underway.delete(name);
    if (this.#stop.signal.aborted) return; // whether it got through is not known: it goes again
    if (status >= 200 && status < 300) {
      await insist(deps, () => deps.events.delivered(name, event));
      if (event.event === 'message' && this.session.row.config.mark_read) await this.#markRead(event);
    } else if (status === GONE) {
      this.session.onGone(this.session, 'deleted');
      this.stop();
    } else if (REFUSALS.has(status) || deps.clock.now() - event.created_ms > GIVEN_UP_MS) {
      deps.log.error('An event could not be delivered and was put aside.', {
        session: name,
        event: event.event,
        seq: event.seq,
        status,
      });
      await insist(deps, () => deps.events.bury(name, event, status ? String(status) : 'unreachable'));
    } else {
      const nextAt = new Date(deps.clock.now() + wait(event.attempts, FIRST_MS, LONGEST_MS, deps.random));
      await insist(deps, () => deps.events.failed(name, event, nextAt));
    }
  }

  /** @param {StoredEvent} event @returns {Promise<number>} the answer's status; 0: none came */
  async #post(event) {
    const { deps, row, connection } = this.session;
    const url = new URL(row.hook_url);
    const body = Buffer.from(JSON.stringify(envelope(row.name, connection.qr, event, event.attempts + 1)));
    const now = deps.clock.now();
    const request = {
      timestamp: String(Math.floor(now / 1000)),
      requestId: `req_${ulid(now)}`,
      method: 'POST',
      path: url.pathname + url.search,
      body,
    };
    const limit = new AbortController();
    const timer = deps.clock.setTimeout(() => limit.abort(), TIMEOUT_MS);
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...signedHeaders(deps.config.hookKey, request) },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([limit.signal, this.#stop.signal]),
      });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0; // nobody there, or too slow: both mean "later"
    } finally {
      deps.clock.clearTimeout(timer);
    }
  }

  /** @param {StoredEvent} event */
  async #markRead({ payload }) {
    const { socket } = this.session.connection;
    await socket
      ?.markRead([{ remoteJid: payload.chat_id, id: payload.message_id, fromMe: false }])
      .catch(() => undefined);
  }
}

/**
 * An event as the contract words it. A QR code grants access to the account: it lives in memory only and is
 * added as long as it can still be scanned.
 *
 * @param {string} session
 * @param {Qr | null} qr the code that can be scanned now
 * @param {StoredEvent} event
 * @param {number} attempt
 */
export function envelope(session, qr, event, attempt) {
  const { seq, event_id: id, created_ms: timestamp, event: kind, epoch, me } = event;
  const scanning = kind === 'session.status' && event.payload.status === 'SCAN_QR_CODE' && qr;
  const payload = scanning ? { ...event.payload, qr } : event.payload;
  return { id, seq, timestamp, event: kind, session, epoch, me, attempt, payload };
}
