import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUSINESS, Stage, useDatabase } from './support/stage.js';

useDatabase();

test('the owner scans the code, and the session works', async (t) => {
  const stage = await Stage.set(t);
  const made = await stage.open();
  assert.equal(made.status, 200);
  assert.deepEqual([made.body.name, made.body.desired_state, made.body.me], ['biz_1', 'running', null]);

  await stage.is('SCAN_QR_CODE');
  const told = stage.hooks.of('session.status').at(-1);
  const { value, n, expires_at } = told.payload.qr;
  assert.deepEqual([n, expires_at], [1, '2026-11-22T08:01:00.000Z']);
  const shown = await stage.call('GET', '/api/sessions/biz_1/auth/qr?format=raw');
  assert.deepEqual(shown.body, { value, n, expires_at });
  const picture = await stage.call('GET', '/api/sessions/biz_1/auth/qr?format=png');
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.equal(picture.bytes.subarray(1, 4).toString(), 'PNG');

  await stage.drive('/pair', { phone: BUSINESS, name: 'מספרת דנה', qr: value });
  await stage.is('WORKING');
  const session = (await stage.call('GET', '/api/sessions/biz_1')).body;
  assert.deepEqual(session.me, {
    id: `${BUSINESS}@s.whatsapp.net`,
    lid: session.me.lid,
    phone: `+${BUSINESS}`,
    push_name: 'מספרת דנה',
  });
  assert.ok(session.epoch > told.epoch);
  assert.equal((await stage.call('GET', '/api/sessions/biz_1/auth/qr')).body.error, 'not_scanning');
  assert.deepEqual((await stage.call('GET', '/api/sessions')).body, [session]);
});

test('no code that grants access lies in the database', async (t) => {
  const stage = await Stage.set(t);
  await stage.open();
  await stage.is('SCAN_QR_CODE');
  const { value } = stage.hooks.of('session.status').at(-1).payload.qr;
  const { events, vault } = stage.current.deps;
  for (const event of await events.after('biz_1', 0, 100)) assert.ok(!JSON.stringify(event.payload).includes(value));
  const rows = await stage.database.pool.query('SELECT row_to_json(e)::text AS all FROM bridge.wa_inbox_event e');
  assert.ok(
    rows.rows.every((row) => !row.all.includes('SCAN_QR_CODE')),
    'events are sealed',
  );
  assert.throws(() => vault.open('biz_2', 'me', vault.sealJson('biz_1', 'me', {})));
});

test('a code is typed on the phone instead', async (t) => {
  const stage = await Stage.set(t);
  await stage.open();
  await stage.is('SCAN_QR_CODE');
  const asked = await stage.call('POST', '/api/sessions/biz_1/auth/request-code', { phone: `+${BUSINESS}` });
  assert.match(asked.body.code, /^[0-9A-F]{8}$/);
  assert.equal(asked.body.expires_at, '2026-11-22T08:02:40.000Z');
  await assert.rejects(stage.drive('/pair', { phone: '972501111111', code: asked.body.code }), /another phone/);
  await stage.drive('/pair', { phone: BUSINESS, code: asked.body.code });
  await stage.is('WORKING');
  const late = await stage.call('POST', '/api/sessions/biz_1/auth/request-code', { phone: BUSINESS });
  assert.deepEqual([late.status, late.body.error], [409, 'not_scanning']);
});

test('a code that nobody scans is renewed, and in the end the session asks for a person', async (t) => {
  const stage = await Stage.set(t);
  await stage.open();
  await stage.is('SCAN_QR_CODE');
  const first = stage.hooks.of('session.status').at(-1).payload.qr;
  await stage.drive('/devices/refresh', { qr: first.value });
  await stage.clock.until(() => stage.hooks.of('session.status').at(-1).payload.qr?.n === 2);
  const second = stage.hooks.of('session.status').at(-1).payload.qr;
  assert.notEqual(second.value, first.value);
  assert.equal(second.expires_at, '2026-11-22T08:00:20.000Z');

  await stage.drive('/devices/close', { qr: second.value, code: 408, message: 'QR refs attempts ended' });
  await stage.is('FAILED');
  assert.equal(stage.hooks.statuses.at(-1), 'FAILED(qr_timeout)');
  const again = await stage.call('POST', '/api/sessions/biz_1/start');
  assert.equal(again.status, 202);
  await stage.is('SCAN_QR_CODE');
  assert.equal((await stage.call('POST', '/api/sessions/biz_1/start')).status, 200);
});
