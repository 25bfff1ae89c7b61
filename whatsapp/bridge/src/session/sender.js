import { sleep } from '../clock.js';
import { LeaseLost } from '../database.js';
import { insist } from '../insist.js';
import { kindOf } from '../log.js';
import { SendRefused } from '../network/types.js';
import { MediaRefused, fetchMedia } from '../network/outgoing_media.js';
import { findChat } from '../store/chats.js';
import { wait } from './backoff.js';

/** @import { Session } from './session.js' */
/** @import { OutItem } from '../store/outbox.js' */
/** @import { Outgoing, WhatsAppSocket } from '../network/types.js' */

const MOST_ATTEMPTS = 4;
const SEND_MS = 30_000;
const MINUTE_MS = 60_000;
const LOOK_AGAIN_MS = 3_600_000;
const JITTER_MS = 2_500; // 1.5 to 4 s between sends at the usual pace: nobody types like a clock

/** Sends what the product asked for: first in, first out, at a person's pace, each under the id that was promised. */
export class Sender {
  /** @type {number[]} instants of the last minute's sends */
  #sent = [];
  #pause = 0;
  #running = Promise.resolve();
  #busy = false;
  #again = false;
  #stop = new AbortController();
  /** @type {unknown} */
  #later = null;

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /** There may be something to send. */
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
    this.session.deps.clock.clearTimeout(this.#later);
  }

  async idle() {
    await this.#running;
  }

  async #run() {
    const { deps, name } = this.session;
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false;
      for (;;) {
        const item = await insist(deps, () => deps.outbox.next(name));
        if (!item || this.#stop.signal.aborted) break;
        if (item.expires_at && item.expires_at.getTime() <= deps.clock.now()) await this.#fail(item, 'expired');
        else if (!this.#maySend()) {
          await this.#wakeLater();
          break;
        } else if (!(await this.#paced(item)))
          continue; // it may have expired meanwhile
        else await this.#send(item);
      }
    }
  }

  #maySend() {
    const { connection, row, restriction } = this.session;
    return connection.socket !== null && row.status === 'WORKING' && !restriction;
  }

  /** Nothing can be sent now: look again when something runs out, or the restriction does. */
  async #wakeLater() {
    const { deps, name, restriction } = this.session;
    const { clock } = deps;
    const expiry = await insist(deps, () => deps.outbox.nextExpiry(name));
    const at = Math.min(expiry?.getTime() ?? Infinity, restriction ? Date.parse(restriction.expires_at) : Infinity);
    clock.clearTimeout(this.#later);
    if (at === Infinity || this.#stop.signal.aborted) return;
    this.#later = clock.setTimeout(() => this.wake(), Math.min(LOOK_AGAIN_MS, Math.max(0, at - clock.now())));
  }

  /** Wait for this message's turn. @param {OutItem} item @returns {Promise<boolean>} whether it came at once */
  async #paced(item) {
    const { clock } = this.session.deps;
    const ms = this.#turnAt() - clock.now();
    if (ms <= 0) return true;
    const left = item.expires_at ? item.expires_at.getTime() - clock.now() : ms;
    await sleep(clock, Math.min(ms, left), this.#stop.signal);
    return false;
  }

  #turnAt() {
    const { clock } = this.session.deps;
    const { max_per_minute: most } = this.session.row.config;
    this.#sent = this.#sent.filter((at) => at > clock.now() - MINUTE_MS);
    const window = this.#sent.length >= most ? /** @type {number} */ (this.#sent.at(-most)) + MINUTE_MS : 0;
    return Math.max(window, (this.#sent.at(-1) ?? -Infinity) + this.#pause);
  }

  /** @param {OutItem} item */
  async #send(item) {
    const { deps, lease, connection, row } = this.session;
    const socket = /** @type {WhatsAppSocket} */ (connection.socket);
    try {
      const content = await this.#content(item);
      await insist(deps, () => deps.outbox.sending(lease, item));
      await this.#typing(socket, item);
      this.#sent.push(deps.clock.now());
      this.#pause = row.config.min_delay_ms + Math.round(deps.random() * JITTER_MS);
      const late = sleep(deps.clock, SEND_MS).then(() => Promise.reject(new Error('timeout')));
      const proto = await Promise.race([socket.send(item.chat_id, content, await this.#options(item)), late]);
      await insist(deps, () => deps.outbox.sent(lease, item, proto));
    } catch (error) {
      if (error instanceof LeaseLost || this.#stop.signal.aborted) throw error;
      await this.#failed(item, error);
    }
  }

  /** @param {OutItem} item @returns {Promise<Outgoing>} */
  async #content({ request }) {
    if (!request.media || request.type === 'text') return { text: request.text ?? '' };
    const { deps, row } = this.session;
    const content = await fetchMedia(deps, row.hook_url, request.media.url);
    const { mimetype, filename } = request.media;
    return { kind: request.type, content, mimetype, filename, caption: request.caption };
  }

  /** @param {OutItem} item */
  async #options({ message_id: messageId, chat_id: chat, request }) {
    const { deps, name } = this.session;
    const known = await findChat(deps.db.pool, name, { chat_id: chat });
    const answered = request.reply_to ? await deps.events.message(name, request.reply_to) : null;
    const quoted =
      answered?.chat_id === chat
        ? { id: /** @type {string} */ (request.reply_to), fromMe: answered.from_me, text: answered.text ?? '' }
        : null;
    return { messageId, quoted, ephemeral_s: known?.ephemeral_s ?? null };
  }

  /** @param {WhatsAppSocket} socket @param {OutItem} item */
  async #typing(socket, { chat_id: chat, request }) {
    if (request.simulate_typing_ms <= 0) return;
    await socket.presence('composing', chat).catch(() => undefined); // a courtesy, not worth a message
    await sleep(this.session.deps.clock, request.simulate_typing_ms, this.#stop.signal);
    await socket.presence('paused', chat).catch(() => undefined);
  }

  /** @param {OutItem} item @param {unknown} error */
  async #failed(item, error) {
    const { deps, name, connection } = this.session;
    deps.log.warn('A message could not be sent.', { session: name, attempts: item.attempts + 1, error: kindOf(error) });
    if (error instanceof SendRefused) {
      await this.#fail(item, error.code);
      if (error.code === '463') await this.session.enqueue(() => this.session.refused(error.code));
    } else if (error instanceof MediaRefused) await this.#fail(item, 'media_unavailable');
    else if (connection.socket && item.attempts + 1 >= MOST_ATTEMPTS) await this.#fail(item, 'send_failed');
    else await sleep(deps.clock, wait(item.attempts, 1_000, 30_000, deps.random), this.#stop.signal);
  }

  /** @param {OutItem} item @param {string} error */
  async #fail(item, error) {
    const { deps, name } = this.session;
    await insist(deps, () =>
      deps.db.transaction(async (client) => {
        if (!(await deps.outbox.acknowledge(name, item.message_id, -1, error, client))) return;
        const payload = { message_id: item.message_id, chat_id: item.chat_id, ack: -1, ack_name: 'ERROR', error };
        await this.session.append({ event: 'message.ack', payload }, client);
      }),
    );
    this.session.deliverer.wake();
  }
}
