import { createServer } from 'node:http';
import { verify } from '../../src/signing.js';
import { HOOK_KEY } from './keys.js';

/** @import { AddressInfo } from 'node:net' */

/** The product's side: takes events, checks their signatures, and answers as the test wants. */
export class Hooks {
  /** @type {any[]} events that were confirmed, in the order in which they came */
  events = [];
  /** @type {any[]} everything that came, confirmed or not */
  attempts = [];
  /** @type {(event: any) => number} the status to answer with; 0: hang up */
  answer = () => 200;
  /** @type {Map<string, Buffer>} files to be sent, by path */
  files = new Map();
  #server = createServer((request, response) => void this.#serve(request, response));

  /** @param {() => number} now */
  constructor(now) {
    this.now = now;
  }

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(null)));
    this.origin = `http://127.0.0.1:${/** @type {AddressInfo} */ (this.#server.address()).port}`;
    this.url = `${this.origin}/webhook/baileys/?v=1`;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Confirmed events of a kind. @param {string} kind @param {string} [session] */
  of(kind, session) {
    return this.events.filter((one) => one.event === kind && (!session || one.session === session));
  }

  /** What messages say, in their order. */
  get texts() {
    return this.of('message').map((one) => one.payload.text);
  }

  /** Statuses as they were told. */
  get statuses() {
    return this.of('session.status').map(({ payload }) =>
      payload.reason ? `${payload.status}(${payload.reason})` : payload.status,
    );
  }

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
  async #serve(request, response) {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { method = '', url: path = '' } = request;
    const signed = verify({ hook: HOOK_KEY }, request.headers, { method, path, body }, this.now());
    if (!signed) return response.writeHead(401).end();
    if (method === 'GET') {
      const file = this.files.get(path);
      return response.writeHead(file ? 200 : 404).end(file);
    }
    const event = JSON.parse(body.toString('utf8'));
    this.attempts.push(event);
    const status = this.answer(event);
    if (!status) return request.socket.destroy();
    if (status < 300) this.events.push(event);
    response.writeHead(status).end('{"ok":true}');
  }
}
