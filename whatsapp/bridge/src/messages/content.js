/**
 * What a WhatsApp message says, whatever it is wrapped in. Pure: plain objects in, values out.
 *
 * @import { MessageKey } from './identity.js'
 * @import { MediaFacts, MessagePayload, MessageType } from '../types.js'
 *
 * @typedef {number | string | { toNumber(): number } | null | undefined} Whole a count as protobuf brings it
 * @typedef {Record<string, any>} Content a protobuf message as a plain object
 *
 * @typedef {object} RawMessage
 * @property {MessageKey} key
 * @property {Content | null} [message]
 * @property {Whole} [messageTimestamp] unix seconds
 * @property {string | null} [pushName] whatever the sender calls themselves
 * @property {number | null} [messageStubType]
 *
 * @typedef {Pick<MessagePayload, 'type' | 'text' | 'button_id' | 'quoted_id' | 'media' | 'location' | 'contacts'>
 *   & { ephemeral_s: number | null }} Told
 */

const CIPHERTEXT = 2; // the stub of what could not be decrypted (so far)
const WRAPPERS = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'associatedChildMessage',
  'groupStatusMessage',
  'deviceSentMessage',
];
// About other messages, or about keys: nothing that somebody said.
const SILENT = new Set([
  'protocolMessage',
  'reactionMessage',
  'encReactionMessage',
  'pollUpdateMessage',
  'keepInChatMessage',
  'pinInChatMessage',
  'encEventResponseMessage',
  'encCommentMessage',
  'call',
  'bcallMessage',
  'callLogMesssage',
]);
const BESIDES = new Set([
  'senderKeyDistributionMessage',
  'messageContextInfo',
  'fastRatchetKeySenderKeyDistributionMessage',
]);
/** @type {Record<string, MessageType>} */
const MEDIA = {
  imageMessage: 'image',
  audioMessage: 'audio',
  videoMessage: 'video',
  ptvMessage: 'video',
  documentMessage: 'document',
  stickerMessage: 'sticker',
};

/** @param {Whole} value @returns {number | null} */
export function whole(value) {
  if (value === null || value === undefined) return null;
  const number = typeof value === 'object' ? value.toNumber() : Number(value);
  return Number.isFinite(number) ? number : null;
}

/** @param {Content | null | undefined} content @returns {Content | null} */
export function unwrap(content) {
  let inner = content ?? null;
  for (let depth = 0; inner && depth < 5; depth += 1) {
    const wrapper = WRAPPERS.find((name) => inner?.[name]?.message);
    if (!wrapper) break;
    inner = inner[wrapper].message;
  }
  return inner;
}

/** Whether it was announced without being readable: the content may still come. @param {RawMessage} raw */
export function isStub(raw) {
  return raw.messageStubType === CIPHERTEXT || Boolean(unwrap(raw.message)?.placeholderMessage);
}

/**
 * @param {Content | null | undefined} content
 * @returns {Told | null} null: nothing was said
 */
export function read(content) {
  const inner = unwrap(content);
  const name = Object.keys(inner ?? {}).find(
    (key) => !BESIDES.has(key) && inner?.[key] !== null && inner?.[key] !== undefined,
  );
  if (!inner || !name || SILENT.has(name)) return null;
  const part = inner[name];
  const context = part?.contextInfo ?? {};
  return {
    type: 'unsupported',
    text: null,
    button_id: null,
    media: null,
    location: null,
    contacts: null,
    ...meaning(name, part),
    quoted_id: context.stanzaId || null,
    ephemeral_s: context.expiration || null,
  };
}

/**
 * @param {string} name
 * @param {any} part
 * @returns {Partial<Told>}
 */
function meaning(name, part) {
  if (name in MEDIA) {
    return {
      type: /** @type {MessageType} */ (MEDIA[name]),
      text: part.caption || null,
      media: mediaFacts(name, part),
    };
  }
  switch (name) {
    case 'conversation':
      return { type: 'text', text: part };
    case 'extendedTextMessage':
      return { type: 'text', text: part.text ?? '' };
    case 'locationMessage':
    case 'liveLocationMessage':
      return located(part);
    case 'contactMessage':
      return cards([part]);
    case 'contactsArrayMessage':
      return cards(part.contacts ?? []);
    case 'buttonsResponseMessage':
      return { type: 'button_reply', text: part.selectedDisplayText ?? null, button_id: part.selectedButtonId ?? null };
    case 'templateButtonReplyMessage':
      return { type: 'button_reply', text: part.selectedDisplayText ?? null, button_id: part.selectedId ?? null };
    case 'listResponseMessage':
      return { type: 'list_reply', text: part.title ?? null, button_id: part.singleSelectReply?.selectedRowId ?? null };
    case 'interactiveResponseMessage':
      return interactive(part);
    default:
      return {};
  }
}

/** @param {string} name @param {any} part @returns {MediaFacts} */
function mediaFacts(name, part) {
  return {
    id: null,
    mimetype: part.mimetype || (name === 'stickerMessage' ? 'image/webp' : 'application/octet-stream'),
    filename: part.fileName || null,
    bytes: whole(part.fileLength),
    seconds: whole(part.seconds),
  };
}

/** @param {any} part @returns {Partial<Told>} */
function located({ degreesLatitude, degreesLongitude, name, address, caption }) {
  const place = { latitude: Number(degreesLatitude), longitude: Number(degreesLongitude) };
  return {
    type: 'location',
    text: name || address || caption || null,
    location: { ...place, name: name || null, address: address || null },
  };
}

/** @param {{ displayName?: string, vcard?: string }[]} given @returns {Partial<Told>} */
function cards(given) {
  const contacts = given.map(({ displayName, vcard }) => ({ name: displayName ?? '', phones: phonesIn(vcard ?? '') }));
  return {
    type: 'contact',
    text:
      contacts
        .map((one) => one.name)
        .filter(Boolean)
        .join(', ') || null,
    contacts,
  };
}

/** @param {string} vcard @returns {string[]} */
function phonesIn(vcard) {
  return [...vcard.matchAll(/^(?:item\d+\.)?TEL([^:\r\n]*):([^\r\n]+)/gim)].map(([, parameters = '', number = '']) => {
    const id = /waid=(\d+)/i.exec(parameters)?.[1];
    return id ? `+${id}` : number.replace(/[^\d+]/g, '');
  });
}

/** @param {any} part @returns {Partial<Told>} */
function interactive(part) {
  const text = part.body?.text ?? null;
  try {
    const chosen = JSON.parse(part.nativeFlowResponseMessage?.paramsJson ?? '{}');
    return { type: 'button_reply', text: text ?? chosen.display_text ?? null, button_id: chosen.id ?? null };
  } catch {
    return { type: 'button_reply', text };
  }
}
