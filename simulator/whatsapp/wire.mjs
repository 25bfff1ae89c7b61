/**
 * Messages as WhatsApp's protocol words them, made from what a person did.
 *
 * @typedef {object} Deed what a customer does
 * @property {string} from phone
 * @property {string} [type]
 * @property {string} [text]
 * @property {string} [id]
 * @property {number} [at] unix seconds
 * @property {string} [name] what the customer calls themselves
 * @property {'pn' | 'lid' | 'lid_only'} [identity]
 * @property {number} [bytes]
 * @property {string} [content] base64
 * @property {string} [mimetype]
 * @property {string} [filename]
 * @property {number} [seconds]
 * @property {string} [quoted]
 * @property {number} [latitude]
 * @property {number} [longitude]
 * @property {{ name: string, phone: string }} [contact]
 * @property {string} [button_id]
 * @property {boolean} [ephemeral]
 * @property {'notify' | 'append'} [kind]
 * @property {number} [copies]
 *
 * @typedef {{ key: Record<string, any>, message: Record<string, any> | null, messageTimestamp: number,
 *   pushName?: string, messageStubType?: number }} Raw
 */

const CIPHERTEXT = 2;
const WEEK_S = 604_800;

/** @type {Record<string, [part: string, mimetype: string]>} */
export const MEDIA = {
  image: ['imageMessage', 'image/jpeg'],
  audio: ['audioMessage', 'audio/ogg; codecs=opus'],
  video: ['videoMessage', 'video/mp4'],
  document: ['documentMessage', 'application/pdf'],
  sticker: ['stickerMessage', 'image/webp'],
};

/** @param {string} phone */
export const digits = (phone) => phone.replace(/\D/g, '');

/** The opaque id that WhatsApp gives a person; made up here, always the same for a phone. @param {string} phone */
export const lidOf = (phone) => `9${[...digits(phone)].reverse().join('')}00@lid`;

/** @param {string} phone */
export const jidOf = (phone) => `${digits(phone)}@s.whatsapp.net`;

/** @param {string} phone @param {string} [identity] */
export function keyOf(phone, identity = 'lid') {
  if (identity === 'pn') return { remoteJid: jidOf(phone), addressingMode: 'pn' };
  const alt = identity === 'lid_only' ? {} : { remoteJidAlt: jidOf(phone) };
  return { remoteJid: lidOf(phone), ...alt, addressingMode: 'lid' };
}

/**
 * @param {Deed} deed
 * @param {{ id: string, at: number, path: string }} facts path: where the file of a media message lies
 * @returns {Raw}
 */
export function customerMessage(deed, { id, at, path }) {
  const { type = 'text', from } = deed;
  const key = { ...keyOf(from, deed.identity), fromMe: false, id };
  const raw = { key, message: null, messageTimestamp: at, pushName: deed.name ?? 'לקוח' };
  if (type === 'undecryptable') return { ...raw, messageStubType: CIPHERTEXT };
  if (type === 'group')
    return {
      ...raw,
      key: { ...key, remoteJid: '120363000000000001@g.us', participant: lidOf(from) },
      message: { conversation: deed.text },
    };
  if (type === 'status')
    return {
      ...raw,
      key: { ...key, remoteJid: 'status@broadcast', participant: lidOf(from) },
      message: { conversation: deed.text },
    };
  const message = content(deed, path);
  return { ...raw, message: deed.ephemeral ? { ephemeralMessage: { message } } : message };
}

/** @param {Deed} deed @param {string} path @returns {Record<string, any>} */
export function content(deed, path) {
  const { type = 'text', text = '' } = deed;
  const contextInfo = { ...(deed.quoted && { stanzaId: deed.quoted }), ...(deed.ephemeral && { expiration: WEEK_S }) };
  const media = MEDIA[type];
  if (media) {
    return {
      [media[0]]: {
        mimetype: deed.mimetype ?? media[1],
        fileLength: deed.bytes ?? 1000,
        directPath: path,
        contextInfo,
        ...(text && { caption: text }),
        ...(deed.filename && { fileName: deed.filename }),
        ...(deed.seconds && { seconds: deed.seconds }),
      },
    };
  }
  switch (type) {
    case 'text':
      return Object.keys(contextInfo).length > 0
        ? { extendedTextMessage: { text, contextInfo } }
        : { conversation: text };
    case 'location':
      return {
        locationMessage: {
          degreesLatitude: deed.latitude ?? 32.08,
          degreesLongitude: deed.longitude ?? 34.78,
          ...(text && { name: text }),
        },
      };
    case 'contact': {
      const { name = 'דנה', phone = '972522345678' } = deed.contact ?? {};
      const vcard = `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nTEL;type=CELL;waid=${digits(phone)}:+${digits(phone)}\nEND:VCARD`;
      return { contactMessage: { displayName: name, vcard } };
    }
    case 'button':
      return { buttonsResponseMessage: { selectedDisplayText: text, selectedButtonId: deed.button_id } };
    case 'list':
      return { listResponseMessage: { title: text, singleSelectReply: { selectedRowId: deed.button_id } } };
    case 'reaction':
      return { reactionMessage: { text: text || '👍', key: { id: deed.quoted } } };
    case 'poll':
      return { pollCreationMessageV3: { name: text, options: [{ optionName: 'א' }, { optionName: 'ב' }] } };
    default:
      return { [`${type}Message`]: { text } };
  }
}
