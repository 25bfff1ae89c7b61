import { jidOf } from '../messages/identity.js';
import { findChat } from '../store/chats.js';
import { hashOf } from '../store/outbox.js';
import { ApiError, invalid, notFound } from './errors.js';
import { digits, orderOf } from './parsing.js';
import { held, rowOf } from './sessions.js';

/** @import { Answer, Asked, Route } from './server.js' */
/** @import { OutItem } from '../store/outbox.js' */
/** @import { SessionRow } from '../types.js' */
/** @import { WhatsAppSocket } from '../network/types.js' */

const LONGEST_QUEUE_MIN = 5; // what waits longer than this is refused rather than kept
const CHECK_MS = 1_000;

/** @type {WeakMap<object, number>} when a bridge last asked WhatsApp about a number */
const lastChecks = new WeakMap();

/** @type {Route[]} */
export const messageRoutes = [
  ['POST', /^\/api\/sessions\/([^/]+)\/messages$/, send],
  ['GET', /^\/api\/sessions\/([^/]+)\/messages\/([^/]+)$/, status],
  ['POST', /^\/api\/sessions\/([^/]+)\/chats\/([^/]+)\/typing$/, typing],
  ['POST', /^\/api\/sessions\/([^/]+)\/chats\/([^/]+)\/seen$/, seen],
  ['GET', /^\/api\/sessions\/([^/]+)\/media\/([^/]+)$/, media],
  ['POST', /^\/api\/contacts\/check$/, check],
];

/** @param {Asked} asked @returns {Promise<Answer>} */
async function send(asked) {
  const { deps, bridge, raw } = asked;
  const row = await rowOf(asked);
  const key = asked.headers['idempotency-key'];
  if (typeof key !== 'string' || !/^[\x21-\x7e]{8,200}$/.test(key)) throw invalid('An Idempotency-Key is needed.');
  const earlier = await deps.outbox.byKey(row.name, key);
  if (earlier) return repeated(earlier, raw);

  const order = orderOf(asked.json(), { hookUrl: row.hook_url, mediaOrigins: deps.config.mediaOrigins });
  refuseIfCannot(asked, row);
  await refuseIfTooMany(asked, row);
  const chatId = await chatOf(asked, row, order.target);
  const item = await deps.outbox.add(row.name, { key, rawBody: raw, chatId, ...order });
  if (item.body_hash !== hashOf(raw)) return repeated(item, raw);
  bridge.sessions.get(row.name)?.sender.wake();
  return { status: 202, json: { message_id: item.message_id, status: item.state } };
}

/** @param {OutItem} item @param {Buffer} raw */
function repeated(item, raw) {
  if (item.body_hash === hashOf(raw)) return { json: statusOf(item) };
  throw new ApiError(409, 'idempotency_conflict', 'This key was used for another message.');
}

/**
 * While a linked device reconnects its messages wait; in every other state nobody could send them.
 *
 * @param {Asked} asked
 * @param {SessionRow} row
 */
function refuseIfCannot({ deps }, row) {
  const { status: state, reason, restriction } = row;
  if (state !== 'WORKING' && !(state === 'STARTING' && row.paired_at)) {
    throw new ApiError(409, 'session_not_working', 'The session is not connected.', { status: state, reason });
  }
  const until = restriction ? Date.parse(restriction.expires_at) : 0;
  if (until > deps.clock.now()) {
    const retry_after = Math.ceil((until - deps.clock.now()) / 1000);
    throw new ApiError(423, 'restricted', 'WhatsApp has restricted this account.', { restriction, retry_after });
  }
}

/** @param {Asked} asked @param {SessionRow} row */
async function refuseIfTooMany({ deps }, row) {
  const perMinute = row.config.max_per_minute;
  if ((await deps.outbox.waiting(row.name)) < perMinute * LONGEST_QUEUE_MIN) return;
  const retry_after = Math.ceil(60 / perMinute);
  throw new ApiError(429, 'pacing', 'Too many messages are waiting already.', { retry_after });
}

/**
 * The chat to write into. A number that never wrote, and was never written to by its owner, is no chat:
 * opening one unasked is what gets accounts banned.
 *
 * @param {Asked} asked
 * @param {SessionRow} row
 * @param {{ chat_id: string } | { phone: string }} target
 * @returns {Promise<string>}
 */
async function chatOf({ bridge, deps }, row, target) {
  const chat = await findChat(deps.db.pool, row.name, target);
  if (chat) return chat.chat_id;
  if (!('phone' in target) || !row.config.allow_new_chats) {
    throw new ApiError(422, 'no_chat', 'There is no chat with this contact; the customer has to write first.');
  }
  const socket = bridge.sessions.get(row.name)?.connection.socket;
  if (!socket) throw new ApiError(503, 'busy', 'The session is not connected here just now.', { retry_after: 5 });
  const found = await socket.check(target.phone.slice(1));
  if (!found.exists) throw new ApiError(422, 'not_on_whatsapp', 'This number is not on WhatsApp.');
  return found.jid ?? jidOf(target.phone);
}

/** @param {OutItem} item */
const statusOf = ({ message_id, chat_id, state, ack, error }) => ({ message_id, chat_id, status: state, ack, error });

/** @param {Asked} asked @returns {Promise<Answer>} */
async function status(asked) {
  const { name } = await rowOf(asked);
  const item = await asked.deps.outbox.byMessageId(name, asked.parts[1] ?? '');
  if (!item) throw notFound();
  return { json: statusOf(item) };
}

/**
 * A socket that works, and a chat that exists.
 *
 * @param {Asked} asked
 * @returns {Promise<{ socket: WhatsAppSocket, chatId: string }>}
 */
async function chatting(asked) {
  const { name, connection, row } = await held(asked);
  const chat = await findChat(asked.deps.db.pool, name, { chat_id: asked.parts[1] ?? '' });
  if (!chat) throw notFound();
  return { socket: working(connection.socket, row), chatId: chat.chat_id };
}

/** @param {WhatsAppSocket | null} socket @param {SessionRow} row */
function working(socket, { status: state, reason }) {
  if (socket && state === 'WORKING') return socket;
  throw new ApiError(409, 'session_not_working', 'The session is not connected.', { status: state, reason });
}

/** @param {Asked} asked @returns {Promise<Answer>} */
async function typing(asked) {
  const { state } = asked.json();
  if (state !== 'composing' && state !== 'paused') throw invalid('state is composing or paused.');
  const { socket, chatId } = await chatting(asked);
  await socket.presence(state, chatId);
  return { status: 204 };
}

/** @param {Asked} asked @returns {Promise<Answer>} */
async function seen(asked) {
  const { ids } = asked.json();
  const fits = Array.isArray(ids) && ids.length <= 100 && ids.every((id) => typeof id === 'string' && id.length <= 128);
  if (!fits) throw invalid('ids is a list of message ids.');
  const { socket, chatId } = await chatting(asked);
  await socket.markRead(ids.map((id) => ({ remoteJid: chatId, id, fromMe: false })));
  return { status: 204 };
}

/** @param {Asked} asked @returns {Promise<Answer>} */
async function media(asked) {
  const { name } = await rowOf(asked);
  const file = await asked.deps.media.get(name, asked.parts[1] ?? '');
  if (!file) throw notFound();
  if (!file.content) throw new ApiError(410, 'gone', 'Media are kept for seven days.');
  return {
    bytes: file.content,
    type: /^[\w.+-]+\/[\w.+-]+(;[ -~]*)?$/.test(file.mimetype) ? file.mimetype : 'application/octet-stream',
  };
}

/** @param {Asked} asked @returns {Promise<Answer>} */
async function check(asked) {
  const body = asked.json();
  const phone = digits(body.phone);
  const { connection, row } = await held({ ...asked, parts: [String(body.session)] });
  const socket = working(connection.socket, row);
  const now = asked.deps.clock.now();
  if (now - (lastChecks.get(asked.bridge) ?? 0) < CHECK_MS) {
    throw new ApiError(429, 'pacing', 'One number a second.', { retry_after: 1 });
  }
  lastChecks.set(asked.bridge, now);
  return { json: await socket.check(phone) };
}
