import { iso, sleep } from '../clock.js';
import { kindOf } from '../log.js';
import { bare, phoneOf } from '../messages/identity.js';
import { forgetChats } from '../store/chats.js';
import { RESTART_REQUIRED, STABLE_MS, decide } from './backoff.js';

/** @import { Session } from './session.js' */
/** @import { ConnectionNews, WhatsAppSocket } from '../network/types.js' */
/** @import { Me, Qr } from '../types.js' */

const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;
const PAIRING_MS = FIRST_QR_MS + 5 * NEXT_QR_MS; // as long as WhatsApp hands out codes
const LOGOUT_MS = 10_000;

/**
 * The one socket of a session: opened, watched, opened again. Every callback is checked against the socket it
 * belongs to; what an old one still says is nobody's business.
 *
 * Its methods are called within `session.states`, one at a time.
 */
export class Connection {
  /** @type {WhatsAppSocket | null} */
  socket = null;
  /** @type {Qr | null} */
  qr = null;
  pairingEnds = 0;
  attempts = 0;
  #generation = 0;
  #badSessions = 0;
  #versionRefreshed = false;
  /** @type {unknown} */
  #retry = null;
  /** @type {unknown} */
  #stable = null;

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /** Whether there is a socket, or one is about to be tried. */
  get active() {
    return this.socket !== null || this.#retry !== null;
  }

  /** Start from scratch; nothing to do if it runs. */
  async start() {
    if (this.active) return;
    this.attempts = this.#badSessions = 0;
    this.#versionRefreshed = false;
    await this.session.setStatus('STARTING', null);
    await this.#open();
  }

  /** Close the socket, if any, and stop trying. Nothing is written. */
  end() {
    const { clock } = this.session.deps;
    this.#generation += 1;
    clock.clearTimeout(this.#retry);
    clock.clearTimeout(this.#stable);
    this.socket?.end();
    this.#retry = this.#stable = this.socket = this.qr = null;
  }

  /** A new socket with the same credentials. */
  async recycle() {
    this.end();
    await this.session.setStatus('STARTING', null);
    await this.#open();
  }

  /**
   * Unlink the device. Its keys are forgotten here in any case.
   *
   * @returns {Promise<boolean>} whether WhatsApp confirmed it
   */
  async logout() {
    const { socket } = this;
    let confirmed = false;
    if (socket && this.session.row.status === 'WORKING') {
      const late = sleep(this.session.deps.clock, LOGOUT_MS).then(() => false);
      confirmed = await Promise.race([
        socket.logout().then(
          () => true,
          () => false,
        ),
        late,
      ]);
    }
    this.end();
    await this.session.forgetDevice();
    return confirmed;
  }

  async #open() {
    const { deps, auth, inbox } = this.session;
    this.#retry = null;
    this.#generation += 1;
    const generation = this.#generation;
    /** @template {unknown[]} A @param {(...args: A) => void} run @returns {(...args: A) => void} */
    const ifCurrent =
      (run) =>
      (...args) => {
        if (generation === this.#generation) run(...args);
      };
    try {
      const socket = await deps.network.makeSocket({
        auth,
        sentProto: (id) => deps.outbox.sentProto(this.session.name, id),
        handlers: {
          onConnection: ifCurrent((news) =>
            this.session.enqueue(async () => {
              if (generation === this.#generation) await this.#onNews(news);
            }),
          ),
          onMessages: ifCurrent((messages, kind) => inbox.messages(messages, kind)),
          onUpdates: ifCurrent((updates) => inbox.updates(updates)),
          onMappings: ifCurrent((mappings) => inbox.mappings(mappings)),
          onChats: ifCurrent((chats) => inbox.chats(chats)),
        },
      });
      if (generation === this.#generation) this.socket = socket;
      else socket.end();
    } catch (error) {
      if (generation !== this.#generation) return;
      deps.log.warn('A connection could not be started.', { session: this.session.name, error: kindOf(error) });
      await this.#onClose(408, '');
    }
  }

  /** @param {ConnectionNews} news */
  async #onNews(news) {
    if (news.timeLock) await this.session.setTimeLock(news.timeLock);
    if (news.qr) await this.#onQr(news.qr);
    if (news.isNewLogin) {
      this.qr = null;
      await this.session.paired();
    }
    if (news.connection === 'open') await this.#onOpen();
    if (news.connection === 'close') await this.#onClose(news.code ?? 408, news.message ?? '');
  }

  /** @param {string} value */
  async #onQr(value) {
    const now = this.session.deps.clock.now();
    const n = (this.qr?.n ?? 0) + 1;
    if (n === 1) this.pairingEnds = now + PAIRING_MS;
    this.qr = { value, n, expires_at: iso(now + (n === 1 ? FIRST_QR_MS : NEXT_QR_MS)) };
    await this.session.setStatus('SCAN_QR_CODE', null);
  }

  async #onOpen() {
    const { deps, row } = this.session;
    const user = this.socket?.user();
    const me = /** @type {Me | null} */ (
      user && {
        id: bare(user.id),
        lid: user.lid ? bare(user.lid) : null,
        phone: phoneOf(user.id),
        push_name: user.name,
      }
    );
    if (me && row.me && row.me.phone !== me.phone) await forgetChats(deps.db.pool, this.session.name);
    this.qr = null;
    deps.clock.clearTimeout(this.#stable);
    this.#stable = deps.clock.setTimeout(() => {
      this.attempts = this.#badSessions = 0;
      this.#versionRefreshed = false;
    }, STABLE_MS);
    await this.session.setStatus('WORKING', null, me ? { me } : {});
    this.session.working();
  }

  /** @param {number} code @param {string} message */
  async #onClose(code, message) {
    const { deps, name } = this.session;
    this.end();
    this.attempts += code === RESTART_REQUIRED ? 0 : 1;
    this.#badSessions += code === 500 ? 1 : 0;
    const facts = { attempts: this.attempts, badSessions: this.#badSessions, versionRefreshed: this.#versionRefreshed };
    const decision = decide({ code, message, ...facts }, deps.random);
    deps.log.info('A connection ended.', { session: name, code, next: decision.next });
    if (decision.next === 'fail') {
      if (decision.wipe) await this.session.forgetDevice();
      await this.session.setStatus('FAILED', decision.reason);
      return;
    }
    if (this.session.row.status !== 'STARTING') await this.session.setStatus('STARTING', null);
    if (decision.refreshVersion) {
      this.#versionRefreshed = true;
      await deps.network.refreshVersion().catch(() => deps.log.warn('The current version of WhatsApp is unknown.'));
    }
    this.#retry = deps.clock.setTimeout(() => this.session.enqueue(() => this.#open()), decision.delayMs);
  }
}
