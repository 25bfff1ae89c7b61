import { ulid } from '../ids.js';
import { signedHeaders } from '../signing.js';

/** @import { Deps } from '../deps.js' */

const FETCH_MS = 20_000;

/** What was to be sent cannot be had, and asking again would not help. */
export class MediaRefused extends Error {}

/**
 * Fetch a file that is to be sent, from the product's own address and nowhere else. The request is signed as
 * a hook is, so that the product need not leave its files open to everybody.
 *
 * @param {Deps} deps
 * @param {string} hookUrl
 * @param {string} url
 * @returns {Promise<Buffer>}
 */
export async function fetchMedia({ clock, config }, hookUrl, url) {
  const target = new URL(url);
  if (!isOurs(config.mediaOrigins, hookUrl, url)) throw new MediaRefused();
  const request = {
    timestamp: String(Math.floor(clock.now() / 1000)),
    requestId: `req_${ulid(clock.now())}`,
    method: 'GET',
    path: target.pathname + target.search,
    body: Buffer.alloc(0),
  };
  const answer = await fetch(target, {
    headers: signedHeaders(config.hookKey, request),
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_MS),
  });
  if (!answer.ok || !answer.body) {
    await answer.body?.cancel();
    if (answer.status >= 500 || answer.status === 429) throw new Error('The file is not to be had now.');
    throw new MediaRefused();
  }
  return atMost(answer.body, config.mediaLimit, () => new MediaRefused());
}

/** @param {string[]} origins @param {string} hookUrl @param {string} url */
export function isOurs(origins, hookUrl, url) {
  return URL.canParse(url) && [new URL(hookUrl).origin, ...origins].includes(new URL(url).origin);
}

/**
 * All of a stream, unless it is longer than it may be.
 *
 * @param {AsyncIterable<Uint8Array>} stream
 * @param {number} limit
 * @param {(bytes: number) => Error} tooLong
 * @returns {Promise<Buffer>}
 */
export async function atMost(stream, limit, tooLong) {
  const parts = [];
  let bytes = 0;
  for await (const part of stream) {
    bytes += part.length;
    if (bytes > limit) throw tooLong(bytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
