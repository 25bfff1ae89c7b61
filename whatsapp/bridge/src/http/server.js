import { createServer } from 'node:http';
import { kindOf } from '../log.js';
import { verify } from '../signing.js';
import { firstTime } from '../store/housekeeping.js';
import { ApiError, invalid, notFound } from './errors.js';
import { messageRoutes } from './messages.js';
import { openRoutes } from './open.js';
import { sessionRoutes } from './sessions.js';

/** @import { IncomingMessage, Server, ServerResponse } from 'node:http' */
/** @import { Bridge } from '../bridge.js' */
/** @import { Deps } from '../deps.js' */

/**
 * @typedef {object} Asked
 * @property {Bridge} bridge
 * @property {Deps} deps
 * @property {string[]} parts what the address's pattern caught
 * @property {URLSearchParams} query
 * @property {IncomingMessage['headers']} headers
 * @property {Buffer} raw
 * @property {() => any} json the body; throws an answer of 400
 *
 * @typedef {{ status?: number, json?: unknown, bytes?: Buffer, type?: string }} Answer
 * @typedef {[method: string, pattern: RegExp, answer: (asked: Asked) => Promise<Answer>]} Route
 */

const BODY_LIMIT = 256 * 1024;

/**
 * @param {Bridge} bridge
 * @returns {Server}
 */
export function makeServer(bridge) {
  const server = createServer((request, response) => void serve(bridge, request, response));
  server.requestTimeout = 30_000;
  return server;
}

/** @param {Bridge} bridge @param {IncomingMessage} request @param {ServerResponse} response */
async function serve(bridge, request, response) {
  const { deps } = bridge;
  try {
    reply(response, await answer(bridge, request));
  } catch (error) {
    if (error instanceof ApiError) {
      if (error.retryAfter) response.setHeader('Retry-After', String(Math.ceil(error.retryAfter)));
      reply(response, { status: error.status, json: error.body });
      return;
    }
    deps.log.error('A request met an error.', { method: request.method ?? '', error: kindOf(error) });
    reply(response, { status: 503, json: { error: 'busy', message: 'Try again in a moment.', retry_after: 2 } });
  }
}

/** @param {Bridge} bridge @param {IncomingMessage} request @returns {Promise<Answer>} */
async function answer(bridge, request) {
  const { deps } = bridge;
  const { method = 'GET', url: path = '/' } = request;
  const { pathname, searchParams: query } = new URL(path, 'http://bridge');
  const raw = await bodyOf(request);
  const asked = { bridge, deps, query, headers: request.headers, raw, json: () => parsed(raw) };

  const open = find(openRoutes, method, pathname);
  if (open) return open[0]({ ...asked, parts: open[1] });

  const requestId = verify(deps.config.apiKeys, request.headers, { method, path, body: raw }, deps.clock.now());
  if (!requestId || !(await firstTime(deps.db, deps.clock, requestId))) {
    throw new ApiError(401, 'bad_signature', 'The signature is missing, wrong, too old or was used before.');
  }
  if (bridge.stopping) throw new ApiError(503, 'busy', 'The bridge is stopping.', { retry_after: 5 });
  const found = find([...sessionRoutes, ...messageRoutes], method, pathname);
  if (!found) throw notFound();
  return found[0]({ ...asked, parts: found[1] });
}

/**
 * @param {Route[]} routes
 * @param {string} method
 * @param {string} pathname
 * @returns {[Route[2], string[]] | null}
 */
function find(routes, method, pathname) {
  for (const [wanted, pattern, run] of routes) {
    const match = wanted === method ? pattern.exec(pathname) : null;
    if (match) return [run, match.slice(1).map(decoded)];
  }
  return null;
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid('The address is not well encoded.');
  }
}

/** @param {IncomingMessage} request @returns {Promise<Buffer>} */
async function bodyOf(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes > BODY_LIMIT) throw new ApiError(413, 'invalid', `A request may have ${BODY_LIMIT} bytes.`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** @param {Buffer} raw */
function parsed(raw) {
  try {
    const value = JSON.parse(raw.toString('utf8'));
    if (value && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // told below
  }
  throw invalid('The body must be a JSON object.');
}

/** @param {ServerResponse} response @param {Answer} answer */
function reply(response, { status = 200, json, bytes, type = 'application/json' }) {
  const body = bytes ?? (json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(json)));
  response.writeHead(status, {
    ...(body.length > 0 && { 'Content-Type': type }),
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
