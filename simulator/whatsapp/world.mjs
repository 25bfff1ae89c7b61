import { randomBytes, randomUUID } from 'node:crypto';
import { MEDIA, customerMessage, digits, jidOf, keyOf, lidOf } from './wire.mjs';

/** @import { Deed, Raw } from './wire.mjs' */

/**
 * The stand-in WhatsApp: accounts (business phones), the device linked to each, and customers' phones.
 *
 * @typedef {{ event: string, [name: string]: any }} Frame
 * @typedef {object} Link one open connection of a device
 * @property {string} id
 * @property {string | null} device
 * @property {string | null} account
 * @property {(frame: Frame) => void} tell
 * @property {() => void} hangUp
 * @property {string} [qr]
 * @property {string} [code]
 * @property {string} [codePhone]
 * @property {boolean} [deaf]
 *
 * @typedef {object} Account
 * @property {string} phone digits
 * @property {string} name
 * @property {string | null} device
 * @property {{ raw: Raw, kind?: 'notify' | 'append' }[]} waiting not delivered to the device yet
 * @property {boolean} held
 * @property {boolean} deaf the present connection gets nothing any more
 * @property {boolean} auto_deliver
 * @property {boolean} hold_sends what the device sends is taken and never confirmed
 * @property {{ error: string, count: number } | null} fail_sends
 * @property {{ code: number, message?: string, count: number } | null} refuse
 *
 * @typedef {object} Received what a customer got
 * @property {string} account
 * @property {string} message_id
 * @property {number} sends how often that very id was sent; the phone shows it once
 * @property {string} type
 * @property {string | null} text
 * @property {number} at
 * @property {string | null} quoted
 * @property {{ bytes: number, mimetype: string, filename: string | null } | null} media
 * @property {string} status
 */

const STATUS = { error: 0, server: 2, delivered: 3, read: 4, played: 5 };

/** A request that cannot be served, told to whoever drives the network. */
export class Impossible extends Error {}

export class World {
  /** @type {Map<string, Account>} */
  accounts = new Map();
  /** @type {Map<string, Link>} */
  links = new Map();
  /** @type {Map<string, Received[]>} by the customer's digits */
  received = new Map();
  /** @type {Map<string, { presence: string[], read: string[] }>} */
  noticed = new Map();
  /** @type {Map<string, { bytes: number, content: Buffer | null }>} */
  files = new Map();
  /** @type {Map<string, { account: string, from: string, identity?: string }>} who wrote a message */
  authors = new Map();

  /** @param {() => number} [now] milliseconds */
  constructor(now = () => Date.now()) {
    this.now = now;
  }

  /** Forget everything and everybody. */
  reset() {
    for (const link of this.links.values()) link.hangUp();
    for (const table of [this.accounts, this.links, this.received, this.noticed, this.files, this.authors])
      table.clear();
  }

  /** @param {string} phone @param {string} [name] @returns {Account} */
  account(phone, name) {
    const id = digits(phone);
    const known = this.accounts.get(id);
    if (known) return known;
    const made = {
      phone: id,
      name: name ?? 'העסק',
      device: null,
      waiting: [],
      held: false,
      deaf: false,
      auto_deliver: true,
      hold_sends: false,
      fail_sends: null,
      refuse: null,
    };
    this.accounts.set(id, made);
    return made;
  }

  /** The connection of an account's device. @param {Account} account */
  linkOf(account) {
    return [...this.links.values()].find((link) => account.device !== null && link.device === account.device) ?? null;
  }

  /** A device connects. @param {Link} link @param {{ device: string, phone: string } | null} creds */
  connect(link, creds) {
    this.links.set(link.id, link);
    link.tell({ event: 'connection', news: { connection: 'connecting' } });
    if (!creds) return this.showQr(link);
    const account = this.account(creds.phone);
    if (account.refuse && account.refuse.count > 0) {
      account.refuse.count -= 1;
      return this.close(link, account.refuse.code, account.refuse.message);
    }
    if (account.device !== creds.device) return this.close(link, 401);
    const other = this.linkOf(account);
    if (other && other !== link) this.close(other, 440);
    Object.assign(link, { device: creds.device, account: account.phone });
    account.deaf = false;
    link.tell({ event: 'connection', user: userOf(account), news: { connection: 'open' } });
    this.flush(account, 'append');
  }

  /** @param {Link} link */
  showQr(link) {
    link.qr = `2@${randomBytes(12).toString('base64url')},${link.id}`;
    link.tell({ event: 'connection', news: { qr: link.qr } });
  }

  /** A phone scans the code, or its owner types it. @param {{ phone: string, name?: string, qr?: string, code?: string }} by */
  pair({ phone, name, qr, code }) {
    const link = [...this.links.values()].find((one) => (qr ? one.qr === qr : code !== undefined && one.code === code));
    if (!link) throw new Impossible('No device waits with this code.');
    if (code && link.codePhone !== digits(phone)) throw new Impossible('The code was made for another phone.');
    const account = this.account(phone, name);
    account.device = `device-${randomUUID()}`;
    link.tell({ event: 'creds', creds: { device: account.device, phone: account.phone } });
    link.tell({ event: 'connection', news: { isNewLogin: true } });
    this.close(link, 515);
  }

  /** @param {Link} link @param {number} code @param {string} [message] */
  close(link, code, message = '') {
    this.links.delete(link.id);
    link.tell({ event: 'connection', news: { connection: 'close', code, message } });
    link.hangUp();
  }

  /** A customer does something. @param {Account} account @param {Deed} deed @returns {Raw} */
  compose(account, deed) {
    const id = deed.id ?? `3A${randomBytes(9).toString('hex').toUpperCase()}`;
    const content = deed.content ? Buffer.from(deed.content, 'base64') : null;
    if ((deed.type ?? 'text') in MEDIA) this.files.set(id, { bytes: content?.length ?? deed.bytes ?? 1000, content });
    this.authors.set(id, {
      account: account.phone,
      from: deed.from,
      ...(deed.identity && { identity: deed.identity }),
    });
    const facts = { id, at: deed.at ?? Math.floor(this.now() / 1000), path: `/files/${id}` };
    return customerMessage(content ? { ...deed, bytes: content.length } : deed, facts);
  }

  /** @param {Account} account @param {Raw[]} messages @param {'notify' | 'append'} [kind] */
  deliver(account, messages, kind) {
    account.waiting.push(...messages.map((raw) => ({ raw, ...(kind && { kind }) })));
    this.flush(account, 'notify');
  }

  /** Hand over what waits, unless nobody can take it. @param {Account} account @param {'notify' | 'append'} kind */
  flush(account, kind) {
    const link = this.linkOf(account);
    if (!link || account.held || account.deaf || account.waiting.length === 0) return;
    const waiting = account.waiting.splice(0);
    for (const one of /** @type {const} */ (['append', 'notify'])) {
      const messages = waiting.filter((each) => (each.kind ?? kind) === one).map((each) => each.raw);
      if (messages.length > 0) link.tell({ event: 'messages', kind: one, messages });
    }
  }

  /** The owner writes on the phone itself. @param {Account} account @param {{ to: string, text: string, id?: string }} deed */
  ownerWrites(account, { to, text, id = `3A${randomBytes(9).toString('hex').toUpperCase()}` }) {
    const key = { ...keyOf(to), fromMe: true, id };
    this.deliver(account, [{ key, message: { conversation: text }, messageTimestamp: Math.floor(this.now() / 1000) }]);
    this.book(account, to, { id, type: 'text', text, quoted: null, media: null });
    return id;
  }

  /** An edit, a deletion or a receipt. @param {Account} account @param {string} id @param {object} update @param {boolean} [mine] */
  update(account, id, update, mine = false) {
    const author = this.authors.get(id);
    if (!mine && !author) throw new Impossible('There is no such message.');
    const to = mine ? this.recipient(account, id) : author?.from;
    if (!to) throw new Impossible('There is no such message.');
    const key = { ...keyOf(to, author?.identity), fromMe: mine, id };
    if (!account.deaf) this.linkOf(account)?.tell({ event: 'updates', updates: [{ key, update }] });
  }

  /** @param {Account} account @param {string} id */
  recipient(account, id) {
    return [...this.received].find(([, got]) =>
      got.some((one) => one.account === account.phone && one.message_id === id),
    )?.[0];
  }

  /** @param {Account} account @param {{ id: string, status?: 'delivered' | 'read' | 'played', error?: string }} ack */
  acknowledge(account, { id, status = 'delivered', error }) {
    const got = this.received.get(this.recipient(account, id) ?? '')?.find((one) => one.message_id === id);
    if (!got) throw new Impossible('There is no such message.');
    got.status = error ? `error ${error}` : status;
    this.update(
      account,
      id,
      error ? { status: STATUS.error, messageStubParameters: [error] } : { status: STATUS[status] },
      true,
    );
  }

  /** The linked device sends. @param {Link} link @param {any} sent @returns {{ refused?: string } | Promise<never>} */
  sendFrom(link, { chatId, content, messageId, quoted }) {
    const account = this.account(/** @type {string} */ (link.account));
    if (account.fail_sends && account.fail_sends.count > 0) {
      account.fail_sends.count -= 1;
      return { refused: account.fail_sends.error };
    }
    const bytes = content.content ? Buffer.from(content.content, 'base64').length : 0;
    const media = content.kind ? { bytes, mimetype: content.mimetype, filename: content.filename } : null;
    const text = content.text ?? content.caption ?? null;
    this.book(account, this.phoneOf(chatId), {
      id: messageId,
      type: content.kind ?? 'text',
      text,
      quoted: quoted?.id ?? null,
      media,
    });
    if (account.hold_sends) return new Promise(() => undefined);
    link.tell({
      event: 'messages',
      kind: 'append',
      messages: [
        {
          key: { remoteJid: chatId, fromMe: true, id: messageId },
          message: { conversation: text },
          messageTimestamp: Math.floor(this.now() / 1000),
        },
      ],
    });
    this.update(account, messageId, { status: STATUS.server }, true);
    if (account.auto_deliver) this.acknowledge(account, { id: messageId });
    return {};
  }

  /** @param {Account} account @param {string} to @param {{ id: string, type: string, text: string | null, quoted: string | null, media: Received['media'] }} what */
  book(account, to, { id, ...what }) {
    const got = this.received.get(digits(to)) ?? [];
    this.received.set(digits(to), got);
    const again = got.find((one) => one.message_id === id);
    if (again) again.sends += 1;
    else
      got.push({
        account: account.phone,
        message_id: id,
        sends: 1,
        ...what,
        at: Math.floor(this.now() / 1000),
        status: 'sent',
      });
  }

  /** Whose a chat is. @param {string} chatId */
  phoneOf(chatId) {
    const known = [...this.authors.values()].find(({ from }) => lidOf(from) === chatId || jidOf(from) === chatId);
    return known ? digits(known.from) : digits(/** @type {string} */ (chatId.split('@')[0]));
  }
}

/** @param {Account} account */
const userOf = ({ phone, name }) => ({ id: `${phone}:7@s.whatsapp.net`, lid: lidOf(phone), name });
