import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { LeaseLost } from '../src/database.js';
import { API_KEY, HOOK_KEY, SECRET } from './support/keys.js';
import { ManualClock } from './support/clock.js';
import { BUSINESS, Stage, useDatabase } from './support/stage.js';

useDatabase();

test('of two bridges one holds a session; the other takes it over once the first is gone', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const first = stage.current;
  const second = await stage.bridge();
  await stage.clock.advance(60_000);
  assert.deepEqual([first.bridge.sessions.size, second.bridge.sessions.size, stage.net.world.links.size], [1, 0, 1]);
  const busy = await stage.call('POST', '/api/sessions/biz_1/restart');
  assert.deepEqual([busy.status, busy.body.error], [503, 'busy']);
  const shown = await stage.call('GET', '/api/sessions/biz_1');
  assert.equal(shown.body.status, 'WORKING');

  await stage.stop(first);
  await stage.clock.until(() => second.bridge.sessions.size === 1, { step: 1000 });
  await stage.clock.until(() => stage.net.world.links.size === 1, { step: 100 });
});

test('a bridge that was asleep for too long writes nothing more once another has taken over', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const first = stage.current;
  const session = /** @type {import('../src/session/session.js').Session} */ (first.bridge.sessions.get('biz_1'));
  await stage.database.pool.query("UPDATE bridge.wa_lease SET expires = now() - interval '1 minute'");
  const second = await stage.bridge();
  assert.equal(second.bridge.sessions.size, 1);
  await assert.rejects(session.auth.saveCredentials(Buffer.from('old')), LeaseLost);
  await assert.rejects(session.setStatus('WORKING', null), LeaseLost);
  await stage.clock.until(() => first.bridge.sessions.size === 0, { step: 1000 });
  assert.equal(stage.net.world.links.size, 1);
});

test('wishes reach the bridge that holds the session through whichever is asked', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const first = stage.current;
  const chat = await stage.chat();
  await stage.bridge();
  assert.equal((await stage.send(chat, { text: 'דרך השני' })).status, 202);
  await stage.clock.until(async () => (await stage.inboxOf()).length === 1, { step: 1000 });
  await stage.call('PUT', '/api/sessions/biz_1', { desired_state: 'stopped', hook_url: stage.hooks.url });
  await stage.clock.until(() => first.bridge.sessions.get('biz_1')?.row.status === 'STOPPED', { step: 1000 });
});

/** The bridge as a process of its own. @param {import('node:test').TestContext} t @param {Stage} stage */
async function startProcess(t, stage) {
  const env = {
    PATH: process.env.PATH,
    BRIDGE_DATABASE_URL: stage.database.url,
    BRIDGE_PORT: '0',
    WA_NETWORK_URL: stage.net.url,
    BAILEYS_API_KEY: API_KEY,
    BAILEYS_HOOK_KEY: HOOK_KEY,
    BRIDGE_SECRET: SECRET,
  };
  const main = new URL('../src/main.js', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^The bridge serves on (.+)$/.exec(line)?.[1];
    if (address) return { child, address };
  }
  throw new Error('The bridge did not start.');
}

test('killed in mid-send and started again: the message shows once, and nothing that came meanwhile is lost', async (t) => {
  const stage = await Stage.set(t);
  await stage.stop(stage.current);
  stage.clock = /** @type {any} */ (Object.assign(new ManualClock(), { now: () => Date.now() })); // a process keeps real time
  const one = await startProcess(t, stage);
  stage.address = one.address;
  await stage.open();
  await stage.is('SCAN_QR_CODE');
  await stage.drive('/pair', { phone: BUSINESS, qr: stage.hooks.of('session.status').at(-1).payload.qr.value });
  await stage.clock.until(() => stage.hooks.statuses.at(-1) === 'WORKING');
  const chat = await stage.chat();

  await stage.drive(`/accounts/${BUSINESS}/settings`, { hold_sends: true }); // taken, and never confirmed
  const { body } = await stage.send(chat, { text: 'פעם אחת' });
  await stage.clock.until(async () => (await stage.inboxOf()).length === 1);
  one.child.kill('SIGKILL');
  await stage.clock.until(() => stage.net.world.links.size === 0);
  await stage.drive(`/accounts/${BUSINESS}/settings`, { hold_sends: false });
  await stage.customer({ text: 'בזמן שנפל' });
  await stage.database.pool.query("UPDATE bridge.wa_lease SET expires = now() - interval '1 minute'"); // half a minute later

  const two = await startProcess(t, stage);
  await stage.clock.until(async () => (await stage.inboxOf())[0].sends === 2);
  const got = await stage.inboxOf();
  assert.deepEqual(
    got.map((message) => [message.message_id, message.text]),
    [[body.message_id, 'פעם אחת']],
  );
  await stage.clock.until(() => stage.hooks.of('message.ack').some((event) => event.payload.ack === 2));
  assert.deepEqual(
    stage.hooks.of('message').map(({ payload }) => [payload.text, payload.backlog]),
    [
      ['שלום', false],
      ['בזמן שנפל', true],
    ],
  );

  const ended = new Promise((resolve) => two.child.once('exit', resolve));
  two.child.kill('SIGTERM');
  assert.equal(await ended, 0);
  const leases = await stage.database.pool.query('SELECT FROM bridge.wa_lease WHERE expires > now()');
  assert.equal(leases.rowCount, 0);
});
