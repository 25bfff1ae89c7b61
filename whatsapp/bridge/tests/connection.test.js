import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide } from '../src/session/backoff.js';
import { BUSINESS, DANA, Stage, useDatabase } from './support/stage.js';

useDatabase();

const MINUTE = 60_000;

test('the owner removes the device on the phone: its keys are forgotten and nothing reconnects', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.drive(`/accounts/${BUSINESS}/logout`, {});
  await stage.is('FAILED');
  assert.equal(stage.hooks.statuses.at(-1), 'FAILED(logged_out)');
  const keys = await stage.database.pool.query('SELECT FROM bridge.wa_auth');
  assert.equal(keys.rowCount, 0);
  assert.equal((await stage.call('GET', '/api/sessions/biz_1')).body.me, null);

  await stage.clock.advance(10 * MINUTE);
  assert.equal((await stage.call('GET', '/api/sessions/biz_1')).body.status, 'FAILED');
  const epoch = stage.hooks.events.at(-1).epoch;
  await stage.call('POST', '/api/sessions/biz_1/start');
  const { value } = await stage.clock.until(() => stage.current.bridge.sessions.get('biz_1')?.connection.qr);
  await stage.drive('/pair', { phone: BUSINESS, qr: value });
  await stage.is('WORKING');
  assert.ok(stage.hooks.events.at(-1).epoch > epoch);
});

test('a replaced session does not fight for its place', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.drive(`/accounts/${BUSINESS}/replace`, {});
  await stage.is('FAILED');
  await stage.clock.advance(10 * MINUTE);
  assert.equal(stage.hooks.statuses.at(-1), 'FAILED(replaced)');
  assert.equal((await stage.drive('/')).accounts[0].connected, false);
  const refused = await stage.send('x@lid');
  assert.deepEqual([refused.status, refused.body.error, refused.body.reason], [409, 'session_not_working', 'replaced']);
  await stage.stop(stage.current);
  await stage.bridge();
  assert.equal(
    (await stage.call('GET', '/api/sessions/biz_1')).body.status,
    'FAILED',
    'a restart does not resume it either',
  );
});

test('a lost connection comes back by itself, and what was sent meanwhile arrives as backlog', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.drive(`/accounts/${BUSINESS}/settings`, { held: true });
  await stage.drive(`/accounts/${BUSINESS}/close`, { code: 428 });
  await stage.is('STARTING');
  await stage.customer({ text: 'מישהו שם?' });
  await stage.drive(`/accounts/${BUSINESS}/settings`, { held: false });
  await stage.is('WORKING');
  await stage.clock.until(() => stage.hooks.of('message').length > 0);
  const [message] = stage.hooks.of('message');
  assert.deepEqual([message.payload.text, message.payload.backlog], ['מישהו שם?', true]);
});

test('a network that never answers is given up after twenty attempts', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.drive(`/accounts/${BUSINESS}/settings`, { refuse: { code: 428, count: 100 } });
  await stage.drive(`/accounts/${BUSINESS}/close`, { code: 428 });
  await stage.clock.until(() => stage.hooks.statuses.at(-1) === 'FAILED(retries_exhausted)', { step: 20_000 });
});

test('each code of WhatsApp has its own consequence', () => {
  const closing = { message: '', attempts: 1, badSessions: 0, versionRefreshed: false };
  const after = (/** @type {number} */ code, more = {}) => decide({ ...closing, code, ...more }, () => 1);
  assert.deepEqual(after(515), { next: 'reconnect', delayMs: 0 });
  assert.deepEqual(after(408), { next: 'reconnect', delayMs: 2_000 });
  assert.deepEqual(after(428, { attempts: 19 }), { next: 'reconnect', delayMs: 60_000 });
  assert.deepEqual(after(503, { attempts: 9 }), { next: 'reconnect', delayMs: 300_000 });
  assert.deepEqual(after(428, { attempts: 20 }), { next: 'fail', reason: 'retries_exhausted' });
  assert.deepEqual(after(408, { message: 'QR refs attempts ended' }), { next: 'fail', reason: 'qr_timeout' });
  assert.deepEqual(after(405), { next: 'reconnect', delayMs: 1_000, refreshVersion: true });
  assert.deepEqual(after(405, { versionRefreshed: true }), { next: 'fail', reason: 'version' });
  assert.equal(after(500, { badSessions: 2 }).next, 'reconnect');
  const reasons = [401, 402, 403, 406, 411, 440].map((code) => [code, /** @type {any} */ (after(code)).reason]);
  assert.deepEqual(reasons, [
    [401, 'logged_out'],
    [402, 'restricted_temp'],
    [403, 'forbidden'],
    [406, 'restricted_temp'],
    [411, 'bad_session'],
    [440, 'replaced'],
  ]);
  assert.deepEqual(after(500, { badSessions: 3 }), { next: 'fail', reason: 'bad_session' });
});

test('a session that went deaf gets a new connection, and what it missed', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  for (let n = 0; n < 30; n += 1) await stage.customer({ text: `הודעה ${n}` });
  await stage.clock.until(() => stage.hooks.of('message').length === 30);
  await stage.stop(stage.current); // the usual traffic is known from the record
  await stage.bridge();
  await stage.is('WORKING');

  await stage.drive(`/accounts/${BUSINESS}/settings`, { deaf: true });
  await stage.customer({ text: 'למה לא עונים?' });
  await stage.clock.leap(5 * 3_600_000);
  assert.equal(stage.hooks.texts.includes('למה לא עונים?'), false);
  await stage.clock.leap(90 * MINUTE);
  await stage.clock.until(() => stage.hooks.texts.includes('למה לא עונים?'));
  assert.ok(stage.log.some((line) => line.includes('gets a new connection') && line.includes('why=silence')));
});

test('stopping, restarting and logging out', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  assert.equal((await stage.call('POST', '/api/sessions/biz_1/stop')).body.status, 'STOPPED');
  assert.equal((await stage.drive('/')).accounts[0].connected, false);
  assert.equal((await stage.call('POST', '/api/sessions/biz_1/restart')).status, 202);
  await stage.is('WORKING');
  const out = await stage.call('POST', '/api/sessions/biz_1/logout');
  assert.deepEqual([out.status, out.body.status, out.body.me], [200, 'STOPPED', null]);
  assert.equal((await stage.drive('/')).accounts[0].linked, false);
  const again = await stage.call('POST', '/api/sessions/biz_1/logout');
  assert.deepEqual([again.status, again.body.error], [502, 'logout_incomplete']);
});

test('another account linked to a session does not inherit the chats of the last one', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const chat = await stage.chat();
  await stage.call('POST', '/api/sessions/biz_1/logout');
  await stage.linked('biz_1', '97239999999');
  assert.equal((await stage.send(chat)).body.error, 'no_chat');
  assert.equal((await stage.send('', { to: { phone: DANA } })).body.error, 'no_chat');
});

test('a deleted session leaves nothing', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.chat();
  assert.equal((await stage.call('DELETE', '/api/sessions/biz_1')).status, 204);
  assert.equal((await stage.call('GET', '/api/sessions/biz_1')).status, 404);
  assert.equal((await stage.drive('/')).accounts[0].linked, false);
  for (const table of ['wa_session', 'wa_auth', 'wa_inbox_event', 'wa_chat', 'wa_seen', 'wa_lease']) {
    assert.equal((await stage.database.pool.query(`SELECT FROM bridge.${table}`)).rowCount, 0, table);
  }
});
