import { randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * 26 characters that sort by time.
 *
 * @param {number} nowMs
 * @returns {string}
 */
export function ulid(nowMs) {
  let time = '';
  for (let rest = nowMs, place = 0; place < 10; place += 1, rest = Math.floor(rest / 32)) {
    time = CROCKFORD[rest % 32] + time;
  }
  return time + [...randomBytes(16)].map((byte) => CROCKFORD[byte % 32]).join('');
}

/** An id as WhatsApp's own web client makes them. @returns {string} */
export const newMessageId = () => `3EB0${randomBytes(9).toString('hex').toUpperCase()}`;
