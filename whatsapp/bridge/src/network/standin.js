import { request as httpRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { atMost } from './outgoing_media.js';
import { MediaTooLarge, SendRefused } from './types.js';

/** @import { IncomingMessage } from 'node:http' */
/** @import { Handlers, Network, SocketOptions, WhatsAppSocket } from './types.js' */

/**
 * The stand-in WhatsApp network (`simulator/whatsapp/`), for practice and tests. A device opens a link: a
 * stream of JSON lines brings what WhatsApp would tell it, and each thing it does is a small request.
 */

const CLOSED = 428;

/** @param {string} url @returns {Network} */
export function standInNetwork(url) {
  return {
    makeSocket: (options) => openLink(url, options),
    refreshVersion: async () => undefined,
    pack: (message) => Buffer.from(JSON.stringify(message)),
    unpack: (packed) => JSON.parse(packed.toString('utf8')),
  };
}

/** @param {string} url @param {SocketOptions} options @returns {Promise<WhatsAppSocket>} */
async function openLink(url, { auth, handlers }) {
  const stored = await auth.credentials();
  const stream = await ask(`${url}/link`, { creds: stored && JSON.parse(stored.toString('utf8')) });
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const { link } = JSON.parse((await lines.next()).value);
  /** @type {ReturnType<WhatsAppSocket['user']>} */
  let user = null;
  let ended = false;

  const listen = async () => {
    for await (const line of { [Symbol.asyncIterator]: () => lines }) {
      const frame = JSON.parse(line);
      if (ended) return;
      if (frame.event === 'creds') await auth.saveCredentials(Buffer.from(JSON.stringify(frame.creds)));
      if (frame.user) user = frame.user;
      tell(handlers, frame);
      if (frame.news?.connection === 'close') return;
    }
    throw new Error('The link broke.');
  };
  listen().catch(() => {
    if (!ended) handlers.onConnection({ connection: 'close', code: CLOSED, message: '' });
  });

  /** @param {string} action @param {object} body @returns {Promise<any>} */
  const act = async (action, body) => {
    const answer = await ask(`${url}/link/${link}/${action}`, body);
    const said = JSON.parse((await atMost(answer, 1 << 26, () => new Error('Too long.'))).toString('utf8'));
    if (answer.statusCode !== 200) throw new Error('The network refused.');
    if (said.refused) throw new SendRefused(said.refused);
    return said;
  };

  return {
    user: () => user,
    requestPairingCode: async (phone) => (await act('pairing-code', { phone })).code,
    send: async (chatId, content, options) => {
      const wire = 'text' in content ? content : { ...content, content: content.content.toString('base64') };
      await act('send', { chatId, content: wire, ...options });
      return Buffer.from(JSON.stringify({ conversation: 'text' in content ? content.text : content.caption }));
    },
    presence: (state, chatId) => act('presence', { state, chatId }),
    markRead: (keys) => act('read', { keys }),
    check: (phone) => act('check', { phone }),
    download: async (message, limit) => {
      const part = Object.values(message.message ?? {}).find((one) => one?.directPath);
      const file = await ask(`${url}${part?.directPath}`, null);
      if (file.statusCode !== 200) throw new Error('The file is gone.');
      return atMost(file, limit, (bytes) => new MediaTooLarge(bytes));
    },
    logout: () => act('logout', {}),
    end: () => {
      ended = true;
      stream.destroy();
    },
  };
}

/** @param {Handlers} handlers @param {any} frame */
function tell(handlers, frame) {
  if (frame.event === 'connection') handlers.onConnection(frame.news);
  if (frame.event === 'messages') handlers.onMessages(frame.messages, frame.kind);
  if (frame.event === 'updates') handlers.onUpdates(frame.updates);
  if (frame.event === 'mappings') handlers.onMappings(frame.mappings);
  if (frame.event === 'chats') handlers.onChats(frame.chats);
}

/**
 * @param {string} url
 * @param {object | null} body null: a GET
 * @returns {Promise<IncomingMessage>}
 */
function ask(url, body) {
  return new Promise((resolve, reject) => {
    const method = body ? 'POST' : 'GET';
    const request = httpRequest(
      url,
      { method, headers: { 'Content-Type': 'application/json' }, agent: false },
      resolve,
    );
    request.on('error', reject);
    request.end(body ? JSON.stringify(body) : undefined);
  });
}
