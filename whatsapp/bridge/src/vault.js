import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE = 12;
const TAG = 16;

/**
 * Encryption of what lies in the database: AES-256-GCM under a key of the session's own.
 *
 * Every value is bound to the place it was written to, so that a row copied elsewhere does not open.
 */
export class Vault {
  #secret;
  /** @type {Map<string, Buffer>} */
  #keys = new Map();

  /** @param {string} secret */
  constructor(secret) {
    this.#secret = secret;
  }

  /**
   * @param {string} session
   * @param {string} place what it is, such as `event:evt_…`
   * @param {Uint8Array} plain
   * @returns {Buffer}
   */
  seal(session, place, plain) {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#key(session), nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.from([VERSION]), nonce, cipher.getAuthTag(), sealed]);
  }

  /**
   * @param {string} session
   * @param {string} place
   * @param {Buffer} box
   * @returns {Buffer}
   */
  open(session, place, box) {
    if (box[0] !== VERSION) throw new Error('This value was sealed in a way that is not known here.');
    const nonce = box.subarray(1, 1 + NONCE);
    const tag = box.subarray(1 + NONCE, 1 + NONCE + TAG);
    const opener = createDecipheriv('aes-256-gcm', this.#key(session), nonce).setAAD(Buffer.from(place));
    opener.setAuthTag(tag);
    return Buffer.concat([opener.update(box.subarray(1 + NONCE + TAG)), opener.final()]);
  }

  /** @param {string} session @param {string} place @param {unknown} value */
  sealJson(session, place, value) {
    return this.seal(session, place, Buffer.from(JSON.stringify(value)));
  }

  /** @param {string} session @param {string} place @param {Buffer} box @returns {any} */
  openJson(session, place, box) {
    return JSON.parse(this.open(session, place, box).toString('utf8'));
  }

  /** @param {string} session @returns {Buffer} */
  #key(session) {
    const known = this.#keys.get(session);
    if (known) return known;
    const key = Buffer.from(hkdfSync('sha256', this.#secret, session, 'agentlocator bridge storage', 32));
    this.#keys.set(session, key);
    return key;
  }
}
