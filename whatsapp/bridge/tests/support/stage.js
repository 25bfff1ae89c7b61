import { after, before } from 'node:test';
import { startNetwork } from '../../../../simulator/whatsapp/network.mjs';
import { ulid } from '../../src/ids.js';
import { makeLog } from '../../src/log.js';
import { makeBridge } from '../../src/make.js';
import { signedHeaders } from '../../src/signing.js';
import { pools } from './activity.js';
import { ManualClock } from './clock.js';
import { makeDatabase } from './database.js';
import { Hooks } from './hooks.js';
import { API_KEY, HOOK_KEY, SECRET } from './keys.js';

/** @import { TestContext } from 'node:test' */

export const BUSINESS = '97236123456';
export const DANA = '+972522345678';
export const NOA = '+972532345678';

/** @type {Awaited<ReturnType<typeof makeDatabase>>} */
let database;

/** Called once by each file of tests that needs the database. */
export function useDatabase() {
  before(async () => {
    database = await makeDatabase();
  });
  after(() => database?.drop());
}

/** A bridge, the network it links to, and the product it reports to; a clock that stands still. */
export class Stage {
  clock = new ManualClock();
  hooks = new Hooks(() => this.clock.now());
  /** @type {string[]} */
  log = [];
  /** @type {string | null} the bridge that answers, if it is a process of its own */
  address = null;
  /** @type {Awaited<ReturnType<typeof makeBridge>>[]} */
  #bridges = [];

  /** @param {TestContext} t */
  static async set(t) {
    const stage = new Stage();
    await database.empty();
    await stage.hooks.start();
    stage.net = await startNetwork({ now: () => stage.clock.now() });
    t.after(() => stage.strike());
    if (process.env.DBG) t.after(() => console.log(stage.log));
    await stage.bridge();
    return stage;
  }

  /** @type {Awaited<ReturnType<typeof startNetwork>>} */
  // @ts-expect-error -- set before anybody sees the stage
  net;

  get database() {
    return database;
  }

  /** Start a bridge; the latest one answers the calls. */
  async bridge() {
    const made = await makeBridge(this.config(), {
      log: makeLog((line) => this.log.push(line)),
      clock: this.clock,
      random: () => 0,
    });
    this.#bridges.push(made);
    pools.add(made.deps.db.pool).add(made.deps.db.keyPool);
    await made.started;
    return made;
  }

  config() {
    return {
      databaseUrl: database.url,
      bind: '127.0.0.1',
      port: 0,
      secret: SECRET,
      worker: `worker-${this.#bridges.length}`,
      apiKeys: { api: API_KEY, api_next: `${API_KEY}-next` },
      hookKey: { id: 'hook', key: HOOK_KEY },
      standInUrl: this.net.url,
      waVersion: null,
      brand: 'Test',
      mediaLimit: 16 * 1024 * 1024,
      mediaOrigins: [],
    };
  }

  get current() {
    return /** @type {Awaited<ReturnType<typeof makeBridge>>} */ (this.#bridges.at(-1));
  }

  async strike() {
    await Promise.all(this.#bridges.map((one) => one.close()));
    pools.clear();
    await this.hooks.stop();
    await this.net.close();
  }

  /** Stop a bridge in order. @param {Awaited<ReturnType<typeof makeBridge>>} one */
  async stop(one) {
    this.#bridges = this.#bridges.filter((other) => other !== one);
    await one.close();
  }

  /**
   * A signed call of the product's.
   *
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {{ headers?: Record<string, string>, key?: string, id?: string, requestId?: string, at?: number, address?: string }} [how]
   * @returns {Promise<{ status: number, body: any, bytes: Buffer, headers: Headers }>}
   */
  async call(method, path, body, { headers = {}, key = API_KEY, id = 'api', requestId, at, address } = {}) {
    const raw = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
    const now = at ?? this.clock.now();
    const request = {
      timestamp: String(Math.floor(now / 1000)),
      requestId: requestId ?? ulid(now),
      method,
      path,
      body: raw,
    };
    const answer = await fetch((address ?? this.address ?? this.current.address) + path, {
      method,
      headers: { ...signedHeaders({ id, key }, request), ...headers },
      ...(raw.length > 0 && { body: raw }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const json = answer.headers.get('content-type')?.startsWith('application/json');
    return {
      status: answer.status,
      body: json ? JSON.parse(bytes.toString('utf8')) : null,
      bytes,
      headers: answer.headers,
    };
  }

  /** Make a session and start it. @param {string} [name] @param {object} [config] */
  async open(name = 'biz_1', config = {}) {
    return this.call('PUT', `/api/sessions/${name}`, { desired_state: 'running', hook_url: this.hooks.url, config });
  }

  /** A session whose phone has scanned its code. @param {string} [name] @param {string} [phone] @param {object} [config] */
  async linked(name = 'biz_1', phone = BUSINESS, config = {}) {
    await this.open(name, config);
    const qr = await this.clock.until(() => this.current.bridge.sessions.get(name)?.connection.qr?.value);
    await this.drive('/pair', { phone, qr });
    await this.is('WORKING', name);
    return name;
  }

  /** Wait until the product was told of a status as the latest. @param {string} status @param {string} [name] */
  async is(status, name = 'biz_1') {
    await this.clock.until(() => this.hooks.of('session.status', name).at(-1)?.payload.status === status, {
      step: status === 'WORKING' ? 100 : 0,
    });
  }

  /** Drive the network. @param {string} path @param {object} [body] @returns {Promise<any>} */
  async drive(path, body) {
    const answer = await fetch(this.net.url + path, body ? { method: 'POST', body: JSON.stringify(body) } : {});
    if (!answer.ok) throw new Error(`The network answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  /** A customer does something with this business. @param {object} deed @param {string} [phone] */
  async customer(deed, phone = BUSINESS) {
    return this.drive(`/accounts/${phone}/receive`, { from: DANA, ...deed });
  }

  /** Dana writes, and the product knows; her chat exists from now on. @param {string} [name] @param {string} [phone] */
  async chat(name = 'biz_1', phone = BUSINESS) {
    const { id, chat_id } = await this.customer({ text: 'שלום' }, phone);
    await this.clock.until(() => this.hooks.of('message', name).some((one) => one.payload.message_id === id));
    return chat_id;
  }

  /** @param {string} chatId @param {object} [more] @param {string} [key] @param {string} [name] */
  async send(chatId, more = {}, key = ulid(this.clock.now()), name = 'biz_1') {
    const order = { to: { chat_id: chatId }, type: 'text', text: 'נקבע', ...more };
    return this.call('POST', `/api/sessions/${name}/messages`, order, { headers: { 'Idempotency-Key': key } });
  }

  /** What a customer's phone shows. @param {string} [phone] @returns {Promise<any[]>} */
  async inboxOf(phone = DANA) {
    return (await this.drive(`/customers/${phone}/messages`)).messages;
  }
}
