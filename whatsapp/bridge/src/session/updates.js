import { read } from '../messages/content.js';
import { bare } from '../messages/identity.js';

/** @import { MessageKey } from '../messages/identity.js' */
/** @import { MessageUpdate } from '../network/types.js' */

/**
 * @typedef {{ event: 'message.ack', payload: { message_id: string, chat_id: string, ack: number, ack_name: string,
 *     error?: string } }
 *   | { event: 'message.edited', payload: { message_id: string, chat_id: string, text: string | null } }
 *   | { event: 'message.revoked', payload: { message_id: string, chat_id: string } }} Update
 */

const ACKS = ['PENDING', 'SERVER', 'DEVICE', 'READ', 'PLAYED'];

/**
 * What an update of a message means to the product. Pure.
 *
 * @param {MessageKey} key
 * @param {MessageUpdate['update']} update
 * @returns {Update | null}
 */
export function updateOf(key, update) {
  const ids = { message_id: key.id ?? '', chat_id: bare(key.remoteJid ?? '') };
  if (update.message === null) return { event: 'message.revoked', payload: ids };
  const edited = update.message?.editedMessage?.message;
  if (edited) return { event: 'message.edited', payload: { ...ids, text: read(edited)?.text ?? null } };
  if (update.status === null || update.status === undefined || !key.fromMe) return null;
  const ack = update.status - 1; // WhatsApp counts from ERROR = 0
  if (ack > 0) return { event: 'message.ack', payload: { ...ids, ack, ack_name: ACKS[ack] ?? 'PLAYED' } };
  if (ack === 0) return null;
  const error = String(update.messageStubParameters?.[0] ?? 'refused').slice(0, 32);
  return { event: 'message.ack', payload: { ...ids, ack, ack_name: 'ERROR', error } };
}
