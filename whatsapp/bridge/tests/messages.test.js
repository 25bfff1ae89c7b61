import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extractMessageContent, proto } from '@whiskeysockets/baileys';
import { connection } from '../src/database.js';
import { isStub, read, unwrap, whole } from '../src/messages/content.js';
import { bare, isPerson, personOf } from '../src/messages/identity.js';
import { readConfig } from '../src/config.js';
import { patienceMs } from '../src/session/watchdog.js';
import { API_KEY, HOOK_KEY, SECRET } from './support/keys.js';

test('wrappings come off as the library takes them off', () => {
  const text = { conversation: 'שלום' };
  const wrapped = [
    text,
    { ephemeralMessage: { message: text } },
    { viewOnceMessageV2: { message: { imageMessage: { caption: 'א' } } } },
    { ephemeralMessage: { message: { viewOnceMessage: { message: text } } } },
    { documentWithCaptionMessage: { message: { documentMessage: { caption: 'ב' } } } },
    { editedMessage: { message: text } },
  ];
  for (const one of wrapped) assert.deepEqual(unwrap(one), extractMessageContent(one));
});

test('a message as protobuf brings it', () => {
  const content = proto.Message.fromObject({
    videoMessage: { mimetype: 'video/mp4', fileLength: 30_000_000, seconds: 12, caption: 'כאן' },
  });
  const decoded = proto.Message.decode(proto.Message.encode(content).finish());
  const told = read(decoded);
  assert.deepEqual(
    [told?.type, told?.text, told?.media?.bytes, told?.media?.seconds],
    ['video', 'כאן', 30_000_000, 12],
  );
  assert.equal(whole({ toNumber: () => 7 }), 7);
  assert.equal(whole('x'), null);
});

test('what says nothing is nothing', () => {
  assert.equal(read(null), null);
  assert.equal(read({ messageContextInfo: {} }), null);
  assert.equal(read({ protocolMessage: { type: 0 } }), null);
  assert.equal(read({ messageContextInfo: {}, conversation: 'כן' })?.text, 'כן');
  assert.equal(isStub({ key: {}, messageStubType: 2 }), true);
  assert.equal(
    read({ interactiveResponseMessage: { nativeFlowResponseMessage: { paramsJson: 'no json' } } })?.type,
    'button_reply',
  );
});

test('who wrote: a number, an opaque id, or both', () => {
  assert.deepEqual(personOf({ remoteJid: '111@lid', remoteJidAlt: '972522345678:3@s.whatsapp.net' }), {
    chat_id: '111@lid',
    lid: '111@lid',
    phone: '+972522345678',
  });
  assert.deepEqual(personOf({ remoteJid: '972522345678@s.whatsapp.net', remoteJidAlt: '111@lid' }), {
    chat_id: '972522345678@s.whatsapp.net',
    lid: '111@lid',
    phone: '+972522345678',
  });
  assert.deepEqual(personOf({ remoteJid: '111@lid' }), { chat_id: '111@lid', lid: '111@lid', phone: null });
  assert.equal(bare('97252:12@c.us'), '97252@s.whatsapp.net');
  assert.deepEqual(['1@lid', '1@g.us', 'status@broadcast', '1@newsletter', '1@bot', null].map(isPerson), [
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('the patience with a silent session follows its usual traffic', () => {
  const minutes = [1440, 240, 10, 0].map((perDay) => patienceMs(perDay, 0) / 60_000);
  assert.deepEqual(minutes, [20, 60, 360, 360]);
  assert.equal(patienceMs(240, 5) / 60_000, 240);
});

test('addresses of databases', () => {
  assert.deepEqual(connection('postgres://agents@//run/a%20b/s/agents'), {
    host: '/run/a b/s',
    database: 'agents',
    user: 'agents',
  });
  assert.deepEqual(connection('postgres://u:p%40@/%2Ftmp%2Fs/db'), {
    host: '/tmp/s',
    database: 'db',
    user: 'u',
    password: 'p@',
  });
  const usual = 'postgres://u:p@db.example.com:5432/agents?sslmode=require';
  assert.deepEqual(connection(usual), { connectionString: usual });
});

test('a mistake in the environment is told by the variable’s name', () => {
  const env = {
    DATABASE_URL: 'postgres://x/y',
    BAILEYS_API_KEY: API_KEY,
    BAILEYS_HOOK_KEY: HOOK_KEY,
    BRIDGE_SECRET: SECRET,
  };
  assert.deepEqual([readConfig(env).port, readConfig(env).standInUrl], [3300, null]);
  assert.deepEqual(readConfig({ ...env, WA_VERSION: '2.3000.1043857760' }).waVersion, [2, 3000, 1043857760]);
  assert.equal(readConfig({ ...env, BAILEYS_HOOK_KEY_NEXT: `${HOOK_KEY}x` }).hookKey.id, 'hook_next');
  for (const [name, value] of [
    ['BAILEYS_API_KEY', 'short'],
    ['BRIDGE_PORT', '70000'],
    ['WA_VERSION', '2.x'],
    ['DATABASE_URL', ''],
  ]) {
    assert.throws(() => readConfig({ ...env, [String(name)]: value }), new RegExp(String(name)));
  }
});
