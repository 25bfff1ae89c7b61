import { createHash } from 'node:crypto';
import { sleep } from '../clock.js';
import { insist } from '../insist.js';
import { isStub, read, whole } from '../messages/content.js';
import { bare, isPerson, lidOf, personOf, phoneOf } from '../messages/identity.js';
import { MediaTooLarge } from '../network/types.js';
import { Serial } from '../serial.js';
import { learnMapping, seeMessage, seeStub, takeOldStubs, touchChat } from '../store/chats.js';
import { updateOf } from './updates.js';

/** @import { Session } from './session.js' */
/** @import { MessageUpdate } from '../network/types.js' */
/** @import { RawMessage, Told } from '../messages/content.js' */
/** @import { Person } from '../messages/identity.js' */
/** @import { MessagePayload } from '../types.js' */
/** @import { Queries } from '../database.js' */
/** @import { StoredEvent } from '../store/events.js' */

const STUB_MS = 3 * 60_000; // how long the content of an unreadable message may take
const DOWNLOAD_MS = 45_000;
const MEDIA_GIVEN_UP_MS = 5 * 60_000; // a session that does not come back must not hold its messages
const OLD_MS = 3_600_000;
const HISTORY_MS = 86_400_000; // what is older than the link by more than this is the phone's past, not news
const ID = /^[\x21-\x7e]{1,128}$/;

/**
 * What comes from WhatsApp. It was acknowledged there before it got here, so each message is in the
 * database before anything else happens with it; if the database is away, it waits here for it.
 */
export class Inbox {
  #writes = new Serial();
  #downloads = new Serial();
  #toFetch = false;

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
  }

  /** @param {RawMessage[]} messages @param {'notify' | 'append'} kind */
  messages(messages, kind) {
    for (const raw of messages) {
      if (isPerson(raw.key.remoteJid) && ID.test(raw.key.id ?? ''))
        this.#insist((client) => this.#take(raw, kind, client));
    }
  }

  /** @param {MessageUpdate[]} updates */
  updates(updates) {
    for (const { key, update } of updates) {
      if (isPerson(key.remoteJid) && key.id) this.#insist((client) => this.#change(key, update, client));
    }
  }

  /** @param {{ lid: string, pn: string }[]} mappings */
  mappings(mappings) {
    for (const { lid: lidJid, pn } of mappings) {
      const [lid, phone] = [lidOf(lidJid), phoneOf(pn)];
      if (lid && phone) this.#insist((client) => this.#map({ lid, phone }, client));
    }
  }

  /** @param {{ id: string, ephemeral_s: number | null }[]} chats */
  chats(chats) {
    const at = new Date(this.session.deps.clock.now());
    for (const { id, ephemeral_s } of chats.filter((one) => isPerson(one.id))) {
      const chat = { chat_id: bare(id), lid: lidOf(id), phone: phoneOf(id), ephemeral_s };
      this.#insist((client) => touchChat(client, this.session.name, chat, at));
    }
  }

  /** Fetch the media that an earlier connection did not get to. */
  resume() {
    void this.#downloads.run(() => this.#download()).catch((error) => this.session.problem(error));
  }

  /** Tell of messages that stayed unreadable, and of those whose media will not come any more. */
  async settle() {
    const { deps, name } = this.session;
    const now = deps.clock.now();
    await deps.db.transaction(async (client) => {
      for (const { message_id: id, stub } of await takeOldStubs(client, name, new Date(now - STUB_MS))) {
        const payload = deps.vault.openJson(name, `stub:${id}`, stub);
        await this.session.append({ event: 'message', payload, messageId: id }, client);
      }
    });
    for (const event of await deps.events.pending(name)) {
      if (now - event.created_ms > MEDIA_GIVEN_UP_MS) await deps.events.complete(name, event);
    }
    this.session.deliverer.wake();
  }

  async idle() {
    await this.#writes.idle();
    await this.#downloads.idle();
  }

  /** @param {(client: Queries) => Promise<void>} work */
  #insist(work) {
    const { deps } = this.session;
    void this.#writes
      .run(() => insist(deps, () => deps.db.transaction(work)))
      .then(() => this.#written())
      .catch((error) => this.session.problem(error));
  }

  #written() {
    this.session.deliverer.wake();
    if (this.#toFetch) this.resume();
    this.#toFetch = false;
  }

  /**
   * @param {RawMessage} raw
   * @param {'notify' | 'append'} kind
   * @param {Queries} client
   */
  async #take(raw, kind, client) {
    const { deps, name, row } = this.session;
    const now = deps.clock.now();
    const id = /** @type {string} */ (raw.key.id);
    const timestamp = whole(raw.messageTimestamp) ?? Math.floor(now / 1000);
    if (raw.key.fromMe && (await deps.outbox.byMessageId(name, id, client))) return; // the echo of our own
    if (!raw.key.fromMe) await this.#heard(now, client);
    const past = row.paired_at && timestamp * 1000 < row.paired_at.getTime() - HISTORY_MS;
    if (kind === 'append' && past) return;

    const person = personOf(raw.key);
    const seen = { chat: person.lid ?? person.chat_id, messageId: id, at: new Date(now) };
    const backlog = kind === 'append' || now - timestamp * 1000 > OLD_MS;
    const payload = (/** @type {Told | null} */ told) => payloadOf(raw, person, told, { timestamp, backlog });
    const told = read(raw.message);
    if (isStub(raw)) {
      const stub = deps.vault.sealJson(name, `stub:${id}`, payload(null));
      await seeStub(client, name, { ...seen, stub });
      return;
    }
    if (!told || (await seeMessage(client, name, seen)) === 'known') return;
    await touchChat(client, name, { ...person, ephemeral_s: told.ephemeral_s }, new Date(timestamp * 1000));
    const fetches = told.media && (told.media.bytes ?? 0) <= deps.config.mediaLimit;
    await this.session.append(
      {
        event: raw.key.fromMe ? 'message.any' : 'message',
        payload: payload(told),
        messageId: id,
        ...(fetches && { pending: deps.network.pack(raw) }),
      },
      client,
    );
    if (fetches) this.#toFetch = true;
  }

  /** @param {number} now @param {Queries} client */
  async #heard(now, client) {
    this.session.heard();
    const at = new Date(now);
    Object.assign(this.session.row, { last_event_at: at, last_inbound_at: at });
    await this.session.deps.sessions.heard(this.session.name, at, client);
  }

  /**
   * @param {import('../messages/identity.js').MessageKey} key
   * @param {MessageUpdate['update']} update
   * @param {Queries} client
   */
  async #change(key, update, client) {
    const { deps, name } = this.session;
    const news = updateOf(key, update);
    if (!news) return;
    if (news.event === 'message.ack') {
      const { message_id: id, ack, error } = news.payload;
      if (ack > 1) this.session.heard(); // a receipt: our own sending does not prove that we hear
      const chat = await deps.outbox.acknowledge(name, id, ack, error ?? null, client);
      if (!chat) return;
      await this.session.append({ event: news.event, payload: { ...news.payload, chat_id: chat } }, client);
      if (error === '463') void this.session.enqueue(() => this.session.refused(error));
      return;
    }
    this.session.heard();
    const print = createHash('sha256').update(JSON.stringify(news)).digest('hex').slice(0, 32);
    const once = { chat: news.payload.chat_id, messageId: `${news.event}:${print}`, at: new Date(deps.clock.now()) };
    if ((await seeMessage(client, name, once)) !== 'known') await this.session.append(news, client);
  }

  /** @param {{ lid: string, phone: string }} mapping @param {Queries} client */
  async #map(mapping, client) {
    this.session.heard();
    if (await learnMapping(client, this.session.name, mapping)) {
      await this.session.append({ event: 'contact.mapping', payload: mapping }, client);
    }
  }

  async #download() {
    const { deps, name } = this.session;
    for (const event of await deps.events.pending(name)) {
      const { socket } = this.session.connection;
      if (!socket || this.session.closed) return;
      if (!(await this.#fetch(event))) return;
      await insist(deps, () => deps.events.complete(name, event));
      this.session.deliverer.wake();
    }
  }

  /** @param {StoredEvent} event @returns {Promise<boolean>} false: the connection went away, to be tried again */
  async #fetch(event) {
    const { deps, name, connection } = this.session;
    const { socket } = connection;
    const raw = deps.network.unpack(/** @type {Buffer} */ (event.pending));
    const media = event.payload.media;
    try {
      const late = sleep(deps.clock, DOWNLOAD_MS).then(() => Promise.reject(new Error('Too slow.')));
      const content = await Promise.race([/** @type {any} */ (socket).download(raw, deps.config.mediaLimit), late]);
      const file = { content, mimetype: clean(media.mimetype), filename: media.filename && clean(media.filename) };
      media.id = await insist(deps, () => deps.media.keep(name, file));
      media.bytes = content.length;
      return true;
    } catch (error) {
      if (error instanceof MediaTooLarge) media.bytes = error.bytes;
      else if (connection.socket !== socket) return false;
      deps.log.warn('A file of a message could not be kept.', { session: name, type: event.payload.type });
      return true;
    }
  }
}

/**
 * @param {RawMessage} raw
 * @param {Person} person
 * @param {Told | null} told null: unreadable
 * @param {{ timestamp: number, backlog: boolean }} facts
 * @returns {MessagePayload}
 */
function payloadOf(raw, person, told, { timestamp, backlog }) {
  const { ephemeral_s: _, ...said } = told ?? {
    type: /** @type {const} */ ('undecryptable'),
    text: null,
    button_id: null,
    quoted_id: null,
    media: null,
    location: null,
    contacts: null,
    ephemeral_s: null,
  };
  return {
    message_id: /** @type {string} */ (raw.key.id),
    ...person,
    push_name: raw.key.fromMe ? null : raw.pushName || null,
    from_me: Boolean(raw.key.fromMe),
    sent_by: raw.key.fromMe ? 'phone' : 'contact',
    timestamp,
    backlog,
    ...said,
  };
}

/** What PostgreSQL takes as text. @param {string} text */
const clean = (text) => text.replaceAll('\0', '').slice(0, 255);
