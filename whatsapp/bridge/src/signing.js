import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The signatures of both directions (contract v1): over method, path with query and the raw body.
 *
 * @typedef {object} Signed
 * @property {string} timestamp unix seconds
 * @property {string} requestId one per attempt
 * @property {string} method
 * @property {string} path with its query
 * @property {Buffer} body as it went over the wire
 *
 * @typedef {Record<string, string>} KeyRing secret by key id
 */

export const WINDOW_S = 300;
export const REMEMBER_S = 600; // request ids: both ends of the window, doubled

/**
 * @param {string} key
 * @param {Signed} request
 * @returns {string} `v1=<hex>`
 */
export function sign(key, { timestamp, requestId, method, path, body }) {
  const digest = createHash('sha256').update(body).digest('hex');
  const text = ['v1', timestamp, requestId, method, path, digest].join('\n');
  return `v1=${createHmac('sha256', key).update(text).digest('hex')}`;
}

/**
 * The headers of a request of ours.
 *
 * @param {{ id: string, key: string }} signer
 * @param {Signed} request
 * @returns {Record<string, string>}
 */
export function signedHeaders(signer, request) {
  return {
    'X-Webhook-Key-Id': signer.id,
    'X-Webhook-Timestamp': request.timestamp,
    'X-Webhook-Request-Id': request.requestId,
    'X-Webhook-Hmac': sign(signer.key, request),
    'X-Webhook-Hmac-Algorithm': 'sha256',
  };
}

/**
 * Whether a request carries a good signature of one of our keys, made within the last five minutes.
 * Whether its id was seen before is the caller's to ask.
 *
 * @param {KeyRing} ring
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {{ method: string, path: string, body: Buffer }} request
 * @param {number} nowMs
 * @returns {string | null} its request id, or null
 */
export function verify(ring, headers, request, nowMs) {
  const [keyId, timestamp, requestId, hmac, algorithm = 'sha256'] = [
    headers['x-webhook-key-id'],
    headers['x-webhook-timestamp'],
    headers['x-webhook-request-id'],
    headers['x-webhook-hmac'],
    headers['x-webhook-hmac-algorithm'],
  ].map((value) => (Array.isArray(value) ? undefined : value));
  if (!keyId || !timestamp || !requestId || !hmac || algorithm !== 'sha256') return null;
  if (!Object.hasOwn(ring, keyId) || !/^\d{1,12}$/.test(timestamp) || requestId.length > 200) return null;
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > WINDOW_S) return null;
  const expected = Buffer.from(sign(/** @type {string} */ (ring[keyId]), { ...request, timestamp, requestId }));
  const given = Buffer.from(hmac);
  return expected.length === given.length && timingSafeEqual(expected, given) ? requestId : null;
}
