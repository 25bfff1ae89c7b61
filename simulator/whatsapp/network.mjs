import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { Impossible, World } from './world.mjs';
import { digits, jidOf, lidOf } from './wire.mjs';

/**
 * A WhatsApp network on this machine: the bridge's devices link to it, and whoever drives it, over plain JSON,
 * is all the customers and the owner with the phone. Knows nobody, keeps nothing, costs nothing.
 *
 * @import { IncomingMessage, Server, ServerResponse } from 'node:http'
 * @import { AddressInfo } from 'node:net'
 * @import { Link } from './world.mjs'
 *
 * @typedef {(world: World, body: any, parts: string[]) => unknown} Deed what it returns is the answer; nothing: `{ok: true}`
 */

/** What people, and tests, can do. @type {[method: string, path: RegExp, deed: Deed][]} */
const DEEDS = [
  ['GET', /^\/$/, overview],
  ['POST', /^\/pair$/, (world, body) => world.pair(body)],
  ['POST', /^\/accounts\/(\d+)\/receive$/, receive],
  ['POST', /^\/accounts\/(\d+)\/deliver$/, deliverMany],
  [
    'POST',
    /^\/accounts\/(\d+)\/owner$/,
    (world, body, [phone]) => ({ id: world.ownerWrites(world.account(String(phone)), body) }),
  ],
  [
    'POST',
    /^\/accounts\/(\d+)\/edit$/,
    (world, { id, text }, [phone]) =>
      world.update(world.account(String(phone)), id, {
        message: { editedMessage: { message: { conversation: text } } },
      }),
  ],
  [
    'POST',
    /^\/accounts\/(\d+)\/revoke$/,
    (world, { id }, [phone]) => world.update(world.account(String(phone)), id, { message: null }),
  ],
  ['POST', /^\/accounts\/(\d+)\/decrypt$/, decrypt],
  [
    'POST',
    /^\/accounts\/(\d+)\/mapping$/,
    (world, { lid, phone: pn }, [phone]) =>
      tell(world, phone, { event: 'mappings', mappings: [{ lid, pn: jidOf(pn) }] }),
  ],
  ['POST', /^\/accounts\/(\d+)\/ack$/, (world, body, [phone]) => world.acknowledge(world.account(String(phone)), body)],
  ['POST', /^\/accounts\/(\d+)\/settings$/, settings],
  ['POST', /^\/accounts\/(\d+)\/logout$/, (world, _body, [phone]) => unlink(world, String(phone))],
  ['POST', /^\/accounts\/(\d+)\/replace$/, (world, _body, [phone]) => close(world, phone, { code: 440 })],
  ['POST', /^\/accounts\/(\d+)\/close$/, (world, body, [phone]) => close(world, phone, body)],
  [
    'POST',
    /^\/accounts\/(\d+)\/lock$/,
    (world, { active, until }, [phone]) =>
      tell(world, phone, {
        event: 'connection',
        news: { timeLock: { active, until: until ? Date.parse(until) : null } },
      }),
  ],
  ['POST', /^\/devices\/close$/, (world, { qr, code, message }) => closeWaiting(world, qr, code, message)],
  ['POST', /^\/devices\/refresh$/, (world, { qr }) => world.showQr(waiting(world, qr))],
  ['POST', /^\/reset$/, (world) => world.reset()],
  [
    'GET',
    /^\/customers\/(\d+)\/messages$/,
    (world, _body, [phone]) => ({ messages: world.received.get(String(phone)) ?? [] }),
  ],
  [
    'GET',
    /^\/customers\/(\d+)\/presence$/,
    (world, _body, [phone]) => world.noticed.get(String(phone)) ?? { presence: [], read: [] },
  ],
];

/** What a linked device can do over its link. @type {Record<string, (world: World, link: Link, body: any) => unknown>} */
const ACTIONS = {
  send: (world, link, body) => world.sendFrom(link, body),
  'pairing-code': (_world, link, { phone }) => {
    Object.assign(link, { code: randomBytes(4).toString('hex').toUpperCase(), codePhone: digits(phone) });
    return { code: link.code };
  },
  presence: (world, _link, { state, chatId }) => void noticed(world, chatId).presence.push(state),
  read: (world, _link, { keys }) =>
    keys.forEach((/** @type {any} */ key) => noticed(world, key.remoteJid).read.push(key.id)),
  check: (_world, _link, { phone }) => ({ exists: !phone.endsWith('0000'), jid: jidOf(phone), lid: lidOf(phone) }),
  logout: (world, link) => unlink(world, /** @type {string} */ (link.account)),
};

/**
 * @param {{ port?: number, host?: string, now?: () => number }} [options] port 0: any free one
 * @returns {Promise<{ url: string, world: World, server: Server, close: () => Promise<void> }>}
 */
export async function startNetwork({ port = 0, host = '127.0.0.1', now } = {}) {
  const world = new World(now);
  const server = createServer((request, response) => void serve(world, request, response));
  server.requestTimeout = 0; // a link stays open
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, () => resolve(null)));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://${host}:${/** @type {AddressInfo} */ (server.address()).port}`, world, server, close };
}

/** @param {World} world @param {IncomingMessage} request @param {ServerResponse} response */
async function serve(world, request, response) {
  try {
    const path = new URL(request.url ?? '/', 'http://network').pathname.replace(
      /^\/(accounts|customers)\/(?:\+|%2B)/i,
      '/$1/',
    );
    const file = /^\/files\/([^/]+)$/.exec(path)?.[1];
    if (file) return sendFile(world, file, response);
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = parts.length > 0 ? JSON.parse(Buffer.concat(parts).toString('utf8')) : {};
    if (path === '/link') return open(world, body.creds, response);
    const act = /^\/link\/([^/]+)\/([a-z-]+)$/.exec(path);
    if (act) return answer(response, await acted(world, act, body));
    const deed = DEEDS.find(([method, pattern]) => method === request.method && pattern.test(path));
    if (!deed) return answer(response, { error: 'There is no such address.' }, 404);
    answer(response, (await deed[2](world, body, deed[1].exec(path)?.slice(1) ?? [])) ?? { ok: true });
  } catch (error) {
    if (error instanceof Impossible) answer(response, { error: error.message }, 404);
    else answer(response, { error: error instanceof Error ? error.message : 'It went wrong.' }, 400);
  }
}

/** @param {World} world @param {RegExpExecArray} act @param {any} body */
function acted(world, [, id = '', action = ''], body) {
  const link = world.links.get(id);
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (!link || !run) throw new Impossible('There is no such link.');
  return run(world, link, body) ?? { ok: true };
}

/** @param {ServerResponse} response @param {any} body @param {number} [status] */
function answer(response, body, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** @param {World} world @param {any} creds @param {ServerResponse} response */
function open(world, creds, response) {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  const write = (/** @type {object} */ frame) => void response.write(`${JSON.stringify(frame)}\n`);
  /** @type {Link} */
  const link = { id: randomUUID(), device: null, account: null, tell: write, hangUp: () => void response.end() };
  response.on('close', () => world.links.delete(link.id));
  write({ link: link.id });
  world.connect(link, creds);
}

/** @param {World} world @param {string} id @param {ServerResponse} response */
function sendFile(world, id, response) {
  const file = world.files.get(id);
  if (!file) return answer(response, { error: 'There is no such file.' }, 404);
  response.writeHead(200, { 'Content-Type': 'application/octet-stream' });
  response.end(file.content ?? Buffer.alloc(file.bytes, 7));
}

/** @type {Deed} */
function overview(world) {
  const accounts = [...world.accounts.values()].map((account) => ({
    phone: account.phone,
    name: account.name,
    lid: lidOf(account.phone),
    linked: account.device !== null,
    connected: world.linkOf(account) !== null,
    held: account.held,
    waiting: account.waiting.length,
  }));
  const devices = [...world.links.values()].filter((link) => link.qr && !link.device);
  return {
    accounts,
    waiting: devices.map(({ qr, code, codePhone }) => ({ qr, code: code ?? null, phone: codePhone ?? null })),
  };
}

/** @type {Deed} */
function receive(world, deed, [phone]) {
  const account = world.account(String(phone));
  const raw = world.compose(account, deed);
  for (let copy = 0; copy < (deed.copies ?? 1); copy += 1) world.deliver(account, [raw], deed.kind);
  return { id: raw.key.id, chat_id: raw.key.remoteJid };
}

/** @type {Deed} */
function deliverMany(world, { messages, copies = 1, shuffled = false }, [phone]) {
  const account = world.account(String(phone));
  const raws = messages.map((/** @type {any} */ deed) => world.compose(account, deed));
  for (let copy = 0; copy < copies; copy += 1) {
    // A fixed shuffle per copy: every run of a test sees the same disorder.
    const order = raws.map((/** @type {any} */ raw, /** @type {number} */ index) => ({
      raw,
      rank: (index * 7919 + copy * 104_729) % 97,
    }));
    if (shuffled) order.sort((/** @type {any} */ a, /** @type {any} */ b) => a.rank - b.rank);
    world.deliver(
      account,
      order.map((/** @type {any} */ one) => one.raw),
    );
  }
  return { ids: raws.map((/** @type {any} */ raw) => raw.key.id) };
}

/** @param {World} world @param {any} body @param {string[]} parts */
function decrypt(world, { id, text }, [phone]) {
  const author = world.authors.get(id);
  if (!author) throw new Impossible('There is no such message.');
  const account = world.account(String(phone));
  world.deliver(account, [
    world.compose(account, { ...author, identity: /** @type {any} */ (author.identity), id, text }),
  ]);
}

/** @param {World} world @param {any} body @param {string[]} parts */
function settings(world, { held, deaf, auto_deliver, hold_sends, fail_sends, refuse }, [phone]) {
  const account = world.account(String(phone));
  if (auto_deliver !== undefined) account.auto_deliver = auto_deliver;
  if (hold_sends !== undefined) account.hold_sends = hold_sends;
  if (fail_sends !== undefined) account.fail_sends = fail_sends && { count: 1, ...fail_sends };
  if (refuse !== undefined) account.refuse = refuse && { count: 1, ...refuse };
  if (deaf !== undefined) account.deaf = deaf;
  if (held !== undefined) account.held = held;
  if (held === false) world.flush(account, 'append');
}

/** @param {World} world @param {string | undefined} phone @param {any} frame */
function tell(world, phone, frame) {
  world.linkOf(world.account(String(phone)))?.tell(frame);
}

/** @param {World} world @param {string} phone */
function unlink(world, phone) {
  const account = world.account(phone);
  const link = world.linkOf(account);
  account.device = null;
  if (link) world.close(link, 401);
}

/** @param {World} world @param {string | undefined} phone @param {{ code: number, message?: string }} how */
function close(world, phone, { code, message }) {
  const link = world.linkOf(world.account(String(phone)));
  if (!link) throw new Impossible('No device of this account is connected.');
  world.close(link, code, message);
}

/** @param {World} world @param {string} qr */
function waiting(world, qr) {
  const link = [...world.links.values()].find((one) => one.qr === qr);
  if (!link) throw new Impossible('No device waits with this code.');
  return link;
}

/** @param {World} world @param {string} qr @param {number} code @param {string} [message] */
function closeWaiting(world, qr, code, message) {
  world.close(waiting(world, qr), code, message);
}

/** @param {World} world @param {string} chatId */
function noticed(world, chatId) {
  const phone = world.phoneOf(chatId);
  const known = world.noticed.get(phone) ?? { presence: [], read: [] };
  world.noticed.set(phone, known);
  return known;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--port');
  const { url, close: stop } = await startNetwork({ port: at > 0 ? Number(process.argv[at + 1]) : 3310 });
  console.log(`The stand-in WhatsApp network serves on ${url}`);
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void stop().then(() => process.exit(0)));
}
