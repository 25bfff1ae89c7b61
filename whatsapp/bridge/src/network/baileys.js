import makeWASocket, {
  Browsers,
  BufferJSON,
  downloadMediaMessage,
  fetchLatestWaWebVersion,
  initAuthCreds,
  isJidBroadcast,
  isJidGroup,
  isJidNewsletter,
  makeCacheableSignalKeyStore,
  proto,
} from '@whiskeysockets/baileys';
import { lidOf } from '../messages/identity.js';
import { atMost } from './outgoing_media.js';
import { MediaTooLarge } from './types.js';

/** @import { AnyMessageContent, AuthenticationState, CacheStore, ConnectionState, SignalDataTypeMap, WAMessage } from '@whiskeysockets/baileys' */
/** @import { AuthRows } from '../store/auth.js' */
/** @import { Log } from '../log.js' */
/** @import { ConnectionNews, Network, Outgoing, SendOptions, SocketOptions, WhatsAppSocket } from './types.js' */

/**
 * WhatsApp itself, through Baileys: the only module that knows this library.
 */

const GET_MESSAGE_MS = 2_000; // an unanswered question of the library blocks all its messages
const MOST_RETRY_COUNTS = 2_000;
const SERVER_ACK = 2;

// libsignal prints its sessions, keys included. The bridge itself writes to stdout, not to the console.
for (const name of /** @type {const} */ (['log', 'info', 'warn', 'error', 'debug', 'trace']))
  console[name] = () => undefined;

/**
 * @param {object} options
 * @param {string} options.brand shown in the phone's list of linked devices
 * @param {[number, number, number] | null} options.waVersion null: the one the library brings
 * @param {Log} options.log
 * @param {string} [options.url] another address of WhatsApp's socket
 * @returns {Network}
 */
export function baileysNetwork({ brand, waVersion, log, url }) {
  const logger = quiet(log);
  /** @type {Map<string, CacheStore>} survives the sockets: how often a message was asked for again */
  const retryCounts = new Map();
  let version = waVersion;

  /** @param {SocketOptions} options @returns {Promise<WhatsAppSocket>} */
  async function makeSocket({ auth, handlers, sentProto }) {
    const state = await authState(auth);
    const { session } = auth.lease;
    retryCounts.set(session, retryCounts.get(session) ?? boundedCache());
    const sock = makeWASocket({
      auth: { creds: state.creds, keys: makeCacheableSignalKeyStore(state.keys, logger) },
      logger,
      browser: Browsers.ubuntu(brand),
      countryCode: 'IL',
      markOnlineOnConnect: false, // else the owner's phone stops notifying
      syncFullHistory: false,
      generateHighQualityLinkPreview: false,
      shouldIgnoreJid: (jid) => Boolean(isJidGroup(jid) || isJidBroadcast(jid) || isJidNewsletter(jid)),
      msgRetryCounterCache: /** @type {CacheStore} */ (retryCounts.get(session)),
      getMessage: async ({ id }) => {
        const stored = await inTime(sentProto(id ?? ''), GET_MESSAGE_MS);
        return stored ? proto.Message.decode(stored) : undefined;
      },
      ...(version && { version }),
      ...(url && { waWebSocketUrl: url }),
    });

    sock.ev.on('creds.update', () => {
      // The argument is a part; what has to be kept is the whole, as it is now.
      auth.saveCredentials(serialise(state.creds)).catch(() => {
        log.error('A device’s credentials could not be saved; its connection ends.', { session });
        void sock.end(new Error('Credentials were not saved.'));
      });
    });
    sock.ev.on('connection.update', (update) => handlers.onConnection(newsOf(update)));
    sock.ev.on('messages.upsert', ({ messages, type }) => handlers.onMessages(/** @type {any} */ (messages), type));
    sock.ev.on('messages.update', (updates) => handlers.onUpdates(/** @type {any} */ (updates)));
    sock.ev.on('lid-mapping.update', (mapping) => handlers.onMappings([mapping]));
    sock.ev.on('messaging-history.set', ({ chats, lidPnMappings = [] }) => {
      handlers.onChats(chats.map((chat) => ({ id: chat.id ?? '', ephemeral_s: chat.ephemeralExpiration ?? null })));
      handlers.onMappings(lidPnMappings);
    });
    // The library tells of refusals only; that the server took a message is worth telling, too.
    sock.ws.on('CB:ack,class:message', (/** @type {{ attrs: Record<string, string> }} */ { attrs }) => {
      if (attrs.error || !attrs.id) return;
      handlers.onUpdates([
        { key: { remoteJid: attrs.from, fromMe: true, id: attrs.id }, update: { status: SERVER_ACK } },
      ]);
    });

    return {
      user: () => (sock.user ? { id: sock.user.id, lid: sock.user.lid ?? null, name: sock.user.name ?? null } : null),
      requestPairingCode: (phone) => sock.requestPairingCode(phone),
      send: async (chatId, content, options) => {
        const sent = await sock.sendMessage(chatId, contentOf(content), optionsOf(chatId, options));
        return proto.Message.encode(sent?.message ?? {}).finish();
      },
      presence: (state, chatId) => sock.sendPresenceUpdate(state, chatId),
      markRead: (keys) => sock.readMessages(keys),
      check: async (phone) => {
        const [found] = (await sock.onWhatsApp(phone)) ?? [];
        const jid = found?.exists ? found.jid : null;
        return {
          exists: jid !== null,
          jid,
          lid: jid && (lidOf(jid) ?? (await sock.signalRepository.lidMapping.getLIDForPN(jid))),
        };
      },
      download: async (message, limit) => {
        const wanted = /** @type {WAMessage} */ (/** @type {unknown} */ (message));
        const context = { logger, reuploadRequest: sock.updateMediaMessage };
        const stream = await downloadMediaMessage(wanted, 'stream', {}, context);
        return atMost(stream, limit, (bytes) => new MediaTooLarge(bytes));
      },
      logout: () => sock.logout(),
      end: () => void sock.end(undefined),
    };
  }

  return {
    makeSocket,
    refreshVersion: async () => {
      const found = await fetchLatestWaWebVersion();
      if (found.isLatest) version = found.version;
    },
    pack: (message) => Buffer.from(proto.WebMessageInfo.encode(/** @type {any} */ (message)).finish()),
    unpack: (packed) => /** @type {any} */ (proto.WebMessageInfo.decode(packed)),
  };
}

/**
 * The device's keys as the library wants them, from and to sealed rows.
 *
 * @param {Pick<AuthRows, 'get' | 'set' | 'credentials' | 'wipe'>} rows
 * @returns {Promise<AuthenticationState>}
 */
export async function authState(rows) {
  const stored = await rows.credentials();
  let creds = stored ? JSON.parse(stored.toString('utf8'), BufferJSON.reviver) : initAuthCreds();
  if (creds.me && !creds.account) {
    // A pairing code was asked for and never typed: these would try to log in, and fail.
    await rows.wipe();
    creds = initAuthCreds();
  }
  return {
    creds,
    keys: {
      get: async (type, ids) => {
        const found = await rows.get(type, ids);
        return Object.fromEntries([...found].map(([id, value]) => [id, revived(type, value)]));
      },
      set: (data) =>
        rows.set(
          Object.entries(data).flatMap(([type, values]) =>
            Object.entries(values ?? {}).map(([id, value]) => ({ type, id, value: value ? serialise(value) : null })),
          ),
        ),
    },
  };
}

/** @param {unknown} value */
const serialise = (value) => Buffer.from(JSON.stringify(value, BufferJSON.replacer));

/** @template {keyof SignalDataTypeMap} T @param {T} type @param {Buffer} value @returns {SignalDataTypeMap[T]} */
function revived(type, value) {
  const parsed = JSON.parse(value.toString('utf8'), BufferJSON.reviver);
  return /** @type {any} */ (
    type === 'app-state-sync-key' ? proto.Message.AppStateSyncKeyData.fromObject(parsed) : parsed
  );
}

/** @param {Partial<ConnectionState>} update @returns {ConnectionNews} */
function newsOf({ connection, qr, isNewLogin, lastDisconnect, reachoutTimeLock }) {
  const error = /** @type {{ message?: string, output?: { statusCode?: number } } | undefined} */ (
    lastDisconnect?.error
  );
  return {
    ...(connection && { connection }),
    ...(qr && { qr }),
    ...(isNewLogin && { isNewLogin }),
    ...(connection === 'close' && { code: error?.output?.statusCode ?? 428, message: error?.message ?? '' }),
    ...(reachoutTimeLock && {
      timeLock: {
        active: Boolean(reachoutTimeLock.isActive),
        until: reachoutTimeLock.timeEnforcementEnds?.getTime() ?? null,
      },
    }),
  };
}

/** @param {Outgoing} content @returns {AnyMessageContent} */
function contentOf(content) {
  if ('text' in content) return { text: content.text, linkPreview: null };
  const { kind, content: bytes, mimetype, filename, caption } = content;
  if (kind === 'image') return { image: bytes, mimetype, ...(caption && { caption }) };
  if (kind === 'audio') return { audio: bytes, mimetype, ptt: mimetype.startsWith('audio/ogg') };
  return { document: bytes, mimetype, fileName: filename ?? 'file', ...(caption && { caption }) };
}

/** @param {string} chatId @param {SendOptions} options */
function optionsOf(chatId, { messageId, quoted, ephemeral_s }) {
  return {
    messageId,
    ...(ephemeral_s && { ephemeralExpiration: ephemeral_s }),
    ...(quoted && {
      quoted: {
        key: { remoteJid: chatId, id: quoted.id, fromMe: quoted.fromMe },
        message: { conversation: quoted.text },
      },
    }),
  };
}

/** @template T @param {Promise<T>} promise @param {number} ms @returns {Promise<T | undefined>} */
function inTime(promise, ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    promise.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });
}

/** @returns {CacheStore} */
function boundedCache() {
  /** @type {Map<string, any>} */
  const values = new Map();
  return {
    get: (key) => values.get(key),
    set: (key, value) => {
      values.set(key, value);
      const oldest = values.size > MOST_RETRY_COUNTS ? values.keys().next().value : undefined;
      if (oldest !== undefined) values.delete(oldest);
    },
    del: (key) => void values.delete(key),
    flushAll: () => values.clear(),
  };
}

/**
 * The library's warnings without what they carry: objects are dropped, and long numbers within the texts.
 *
 * @param {Log} log
 * @returns {import('@whiskeysockets/baileys').SocketConfig['logger']}
 */
function quiet(log) {
  const tell =
    (/** @type {'warn' | 'error'} */ level) =>
    (/** @type {unknown} */ object, /** @type {string} */ text = '') => {
      const said = text || (typeof object === 'string' ? object : 'no words');
      log[level](`Baileys: ${said.replaceAll(/\d{5,}\S*/g, '…').slice(0, 200)}`);
    };
  const nothing = () => undefined;
  /** @type {import('@whiskeysockets/baileys').SocketConfig['logger']} */
  const logger = {
    level: 'warn',
    child: () => logger,
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: tell('warn'),
    error: tell('error'),
  };
  return logger;
}
