import { isOurs } from '../network/outgoing_media.js';
import { invalid } from './errors.js';

/** @import { DesiredState, SessionConfig } from '../types.js' */
/** @import { SendRequest } from '../store/outbox.js' */

const MOST_TEXT = 4096;
const MOST_TYPING_MS = 10_000;

/**
 * @param {any} body
 * @returns {{ desired_state: DesiredState, hook_url: string, config: SessionConfig }}
 */
export function settingsOf({ desired_state: desired = 'running', hook_url: hook, config = {} }) {
  if (desired !== 'running' && desired !== 'stopped') throw invalid('desired_state is running or stopped.');
  if (typeof hook !== 'string' || !URL.canParse(hook) || !/^https?:$/.test(new URL(hook).protocol)) {
    throw invalid('hook_url must be an http address.');
  }
  if (config === null || typeof config !== 'object') throw invalid('config must be an object.');
  if (config.proxy) throw invalid('config.proxy must be null: every session uses this machine’s own address.');
  return {
    desired_state: desired,
    hook_url: hook,
    config: {
      min_delay_ms: within(config.min_delay_ms ?? 1500, 0, 60_000, 'config.min_delay_ms'),
      max_per_minute: within(config.max_per_minute ?? 20, 1, 120, 'config.max_per_minute'),
      mark_read: Boolean(config.mark_read),
      allow_new_chats: Boolean(config.allow_new_chats),
      proxy: null,
    },
  };
}

/** @param {unknown} value @returns {string} */
export function digits(value) {
  const found = typeof value === 'string' ? value.replace(/^\+/, '') : '';
  if (!/^\d{7,15}$/.test(found)) throw invalid('phone must be an international number such as +972521234567.');
  return found;
}

/**
 * @param {any} body
 * @param {{ hookUrl: string, mediaOrigins: string[] }} from
 * @returns {{ target: { chat_id: string } | { phone: string }, request: SendRequest, expiresAt: Date | null }}
 */
export function orderOf(body, { hookUrl, mediaOrigins }) {
  const { type } = body;
  if (!['text', 'image', 'document', 'audio'].includes(type)) throw invalid('type is text, image, document or audio.');
  const text = type === 'text' ? string(body.text, 'text', MOST_TEXT) : null;
  return {
    target: targetOf(body.to),
    request: {
      type,
      text,
      media: type === 'text' ? null : mediaOf(body.media, hookUrl, mediaOrigins),
      caption: type === 'text' ? null : optional(body.caption, 'caption', 1024),
      reply_to: optional(body.reply_to, 'reply_to', 128),
      simulate_typing_ms: within(body.simulate_typing_ms ?? 0, 0, MOST_TYPING_MS, 'simulate_typing_ms'),
    },
    expiresAt: instant(body.expires_at),
  };
}

/** @param {any} to */
function targetOf(to) {
  if (typeof to?.chat_id === 'string' && to.chat_id && to.phone === undefined) return { chat_id: to.chat_id };
  if (to?.chat_id === undefined) return { phone: `+${digits(to?.phone)}` };
  throw invalid('to names either a chat_id or a phone.');
}

/** @param {any} media @param {string} hookUrl @param {string[]} origins */
function mediaOf(media, hookUrl, origins) {
  const url = string(media?.url, 'media.url', 2048);
  if (!isOurs(origins, hookUrl, url)) throw invalid('media.url must be on the product’s own address.');
  return {
    url,
    mimetype: string(media.mimetype, 'media.mimetype', 255),
    filename: optional(media.filename, 'media.filename', 255),
  };
}

/** @param {unknown} value @param {string} name @param {number} longest */
function string(value, name, longest) {
  if (typeof value !== 'string' || !value.trim() || value.length > longest) {
    throw invalid(`${name} must be a text of 1 to ${longest} characters.`);
  }
  return value;
}

/** @param {unknown} value @param {string} name @param {number} longest */
const optional = (value, name, longest) =>
  value === undefined || value === null ? null : string(value, name, longest);

/** @param {unknown} value @param {number} least @param {number} most @param {string} name */
function within(value, least, most, name) {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} must be a whole number from ${least} to ${most}.`);
}

/** @param {unknown} value @returns {Date | null} */
function instant(value) {
  if (value === undefined || value === null) return null;
  const at = typeof value === 'string' ? new Date(value) : new Date(NaN);
  if (Number.isNaN(at.getTime())) throw invalid('expires_at must be an instant in ISO 8601.');
  return at;
}
