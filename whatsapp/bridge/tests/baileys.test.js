import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initAuthCreds } from '@whiskeysockets/baileys';
import { makeLog } from '../src/log.js';
import { authState, baileysNetwork } from '../src/network/baileys.js';

/** @import { AuthRows, Entry } from '../src/store/auth.js' */
/** @import { ConnectionNews } from '../src/network/types.js' */

/** Rows of keys in memory. */
class Rows {
  /** @type {Map<string, Buffer>} */
  kept = new Map();
  lease = { session: 'biz_1', worker: 'w', fencing: 1 };

  /** @param {string} type @param {string[]} ids */
  async get(type, ids) {
    const found = ids.map((id) => /** @type {const} */ ([id, this.kept.get(`${type}/${id}`)]));
    return new Map(found.flatMap(([id, value]) => (value ? [[id, value]] : [])));
  }

  /** @param {Entry[]} entries */
  async set(entries) {
    for (const { type, id, value } of entries) {
      if (value) this.kept.set(`${type}/${id}`, value);
      else this.kept.delete(`${type}/${id}`);
    }
  }

  async credentials() {
    return this.kept.get('creds/') ?? null;
  }

  /** @param {Buffer} value */
  async saveCredentials(value) {
    await this.set([{ type: 'creds', id: '', value }]);
  }

  async wipe() {
    this.kept.clear();
  }
}

test('keys come back as they were given, and null takes one away', async () => {
  const rows = new Rows();
  const { keys } = await authState(rows);
  const pair = { public: Buffer.from([1, 2]), private: Buffer.from([3]) };
  await keys.set({
    'pre-key': { 1: pair, 2: pair },
    session: { 'a.0': Buffer.from([9, 8]) },
    'app-state-sync-key': { k: { keyData: Buffer.from([7]) } },
    'lid-mapping': { 972: '111' },
  });
  await keys.set({ 'pre-key': { 2: null } });
  assert.deepEqual(await keys.get('pre-key', ['1', '2']), { 1: pair });
  assert.deepEqual(await keys.get('session', ['a.0']), { 'a.0': Buffer.from([9, 8]) });
  assert.deepEqual([...((await keys.get('app-state-sync-key', ['k'])).k?.keyData ?? [])], [7]);
  assert.deepEqual(await keys.get('lid-mapping', ['972']), { 972: '111' });
});

test('after a pairing that was given up the next one starts from scratch', async () => {
  const rows = new Rows();
  const half = { ...initAuthCreds(), me: { id: '972522345678@s.whatsapp.net' } };
  await rows.saveCredentials(Buffer.from(JSON.stringify(half)));
  const { creds } = await authState(rows);
  assert.equal(creds.me, undefined);
  assert.equal(rows.kept.size, 0);
});

test('where WhatsApp cannot be reached the connection closes, and nothing of the library reaches the log', async () => {
  /** @type {string[]} */
  const lines = [];
  const network = baileysNetwork({
    brand: 'Test',
    waVersion: null,
    url: 'ws://127.0.0.1:9/',
    log: makeLog((line) => lines.push(line)),
  });
  const closed = new Promise((resolve) => {
    const onConnection = (/** @type {ConnectionNews} */ news) => news.connection === 'close' && resolve(news.code);
    const deaf = () => undefined;
    void network.makeSocket({
      auth: /** @type {AuthRows} */ (/** @type {unknown} */ (new Rows())),
      handlers: { onConnection, onMessages: deaf, onUpdates: deaf, onMappings: deaf, onChats: deaf },
      sentProto: async () => null,
    });
  });
  assert.equal(await closed, 408);
  assert.ok(
    lines.every((line) => line.startsWith('WARNING Baileys:') || line.startsWith('ERROR Baileys:')),
    lines.join('\n'),
  );
  const packed = network.pack({ key: { remoteJid: '1@lid', id: 'A', fromMe: false }, message: { conversation: 'כן' } });
  assert.equal(network.unpack(packed).message?.conversation, 'כן');
});
