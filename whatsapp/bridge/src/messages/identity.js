/**
 * Who a WhatsApp address means. A chat is `user@server`; the server says of what kind the user's id is:
 * a phone number, or a lid (an opaque id that hides the number).
 *
 * @typedef {object} MessageKey
 * @property {string | null} [remoteJid]
 * @property {string} [remoteJidAlt] the same person's other id, where WhatsApp tells it
 * @property {boolean | null} [fromMe]
 * @property {string | null} [id]
 *
 * @typedef {{ chat_id: string, lid: string | null, phone: string | null }} Person
 */

const PHONES = 's.whatsapp.net';
const LIDS = 'lid';

/** Without the device: `972501@s.whatsapp.net` of `972501:3@s.whatsapp.net`. @param {string} jid */
export function bare(jid) {
  const [user = '', server = ''] = jid.split('@');
  return `${user.split(':')[0]?.split('_')[0]}@${server === 'c.us' ? PHONES : server}`;
}

/** Whether it is one person: no group, status, list, channel or bot. @param {string | null | undefined} jid */
export function isPerson(jid) {
  const server = jid?.split('@')[1];
  return server === PHONES || server === LIDS || server === 'c.us';
}

/** @param {string | null | undefined} jid @returns {string | null} E.164 */
export function phoneOf(jid) {
  const [user = '', server] = bare(jid ?? '').split('@');
  return server === PHONES && /^\d{5,15}$/.test(user) ? `+${user}` : null;
}

/** @param {string | null | undefined} jid @returns {string | null} `…@lid` */
export function lidOf(jid) {
  return jid?.endsWith(`@${LIDS}`) ? bare(jid) : null;
}

/** @param {string} phone E.164 */
export const jidOf = (phone) => `${phone.replace(/\D/g, '')}@${PHONES}`;

/** @param {MessageKey} key @returns {Person} */
export function personOf(key) {
  const { remoteJid, remoteJidAlt } = key;
  return {
    chat_id: bare(remoteJid ?? ''),
    lid: lidOf(remoteJid) ?? lidOf(remoteJidAlt),
    phone: phoneOf(remoteJid) ?? phoneOf(remoteJidAlt),
  };
}
