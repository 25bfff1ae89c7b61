/**
 * What the bridge asks of a WhatsApp network. `baileys.js` and `standin.js` are the two there are.
 *
 * @import { AuthRows } from '../store/auth.js'
 * @import { RawMessage } from '../messages/content.js'
 * @import { MessageKey } from '../messages/identity.js'
 *
 * @typedef {object} ConnectionNews
 * @property {'connecting' | 'open' | 'close'} [connection]
 * @property {string} [qr]
 * @property {boolean} [isNewLogin] the device has just been linked
 * @property {number} [code] with `close`
 * @property {string} [message] with `close`; for decisions, never for logs
 * @property {{ active: boolean, until: number | null }} [timeLock] whether new chats are forbidden, and until when (ms)
 *
 * @typedef {object} MessageUpdate
 * @property {MessageKey} key
 * @property {{ status?: number | null, message?: any, messageStubParameters?: (string | null)[] | null }} update
 *
 * @typedef {object} Handlers called one after the other is not promised; they return at once
 * @property {(news: ConnectionNews) => void} onConnection
 * @property {(messages: RawMessage[], kind: 'notify' | 'append') => void} onMessages
 * @property {(updates: MessageUpdate[]) => void} onUpdates
 * @property {(mappings: { lid: string, pn: string }[]) => void} onMappings
 * @property {(chats: { id: string, ephemeral_s: number | null }[]) => void} onChats chats that exist on the phone
 *
 * @typedef {object} SocketOptions
 * @property {AuthRows} auth
 * @property {Handlers} handlers
 * @property {(messageId: string) => Promise<Buffer | null>} sentProto what was sent under an id
 *
 * @typedef {{ text: string }
 *   | { kind: 'image' | 'document' | 'audio', content: Buffer, mimetype: string, filename: string | null, caption: string | null }
 * } Outgoing
 *
 * @typedef {object} SendOptions
 * @property {string} messageId
 * @property {{ id: string, fromMe: boolean, text: string } | null} quoted
 * @property {number | null} ephemeral_s
 *
 * @typedef {object} WhatsAppSocket
 * @property {() => { id: string, lid: string | null, name: string | null } | null} user
 * @property {(phone: string) => Promise<string>} requestPairingCode digits in, eight signs out
 * @property {(chatId: string, content: Outgoing, options: SendOptions) => Promise<Uint8Array>} send what went out
 * @property {(state: 'composing' | 'paused', chatId: string) => Promise<void>} presence
 * @property {(keys: { remoteJid: string, id: string, fromMe: boolean }[]) => Promise<void>} markRead
 * @property {(phone: string) => Promise<{ exists: boolean, jid: string | null, lid: string | null }>} check
 * @property {(message: RawMessage, limit: number) => Promise<Buffer>} download throws MediaTooLarge
 * @property {() => Promise<void>} logout unlinks the device on WhatsApp
 * @property {() => void} end closes the connection; no handler is called afterwards
 *
 * @typedef {object} Network
 * @property {(options: SocketOptions) => Promise<WhatsAppSocket>} makeSocket
 * @property {() => Promise<void>} refreshVersion find out the version that WhatsApp accepts now
 * @property {(message: RawMessage) => Buffer} pack
 * @property {(packed: Buffer) => RawMessage} unpack
 */

/** A file is larger than it said, or than is taken on. */
export class MediaTooLarge extends Error {
  /** @param {number} bytes at least so many */
  constructor(bytes) {
    super('The file is too large.');
    this.bytes = bytes;
  }
}

/** WhatsApp refused a message for good. */
export class SendRefused extends Error {
  /** @param {string} code */
  constructor(code) {
    super('WhatsApp refused the message.');
    this.code = code;
  }
}
