import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUSINESS, Stage, useDatabase } from './support/stage.js';

useDatabase();

const HOUR = 3_600_000;

test('the product is down for an hour: everything arrives afterwards, in order, once', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  stage.hooks.answer = () => 0;
  for (let n = 0; n < 20; n += 1) await stage.customer({ text: `${n}` });
  for (let minute = 0; minute < 60; minute += 1) await stage.clock.leap(60_000);
  assert.deepEqual(stage.hooks.texts, []);
  const tries = stage.hooks.attempts.filter((one) => one.payload.text === '0').map((one) => one.attempt);
  assert.ok(tries.length > 10 && tries.length < 30, `${tries.length} attempts in an hour`);
  assert.deepEqual(
    tries,
    tries.map((_, index) => index + 1),
  );

  stage.hooks.answer = () => 200;
  await stage.clock.until(() => stage.hooks.texts.length === 20, { step: 10_000 });
  assert.deepEqual(
    stage.hooks.texts,
    Array.from({ length: 20 }, (_, n) => `${n}`),
  );
  const beats = stage.hooks.of('session.heartbeat');
  assert.ok(beats.length <= 3, 'of sixty heartbeats the newest is told');
  const ids = new Set(stage.hooks.attempts.filter((one) => one.payload.text === '0').map((one) => one.id));
  assert.equal(ids.size, 1);
});

test('a product page that hangs for one business holds up no other', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked('biz_1', BUSINESS);
  await stage.linked('biz_2', '97237777777');
  stage.hooks.answer = (event) => (event.session === 'biz_1' ? 503 : 200);
  await stage.customer({ text: 'לראשון' });
  await stage.customer({ text: 'לשני' }, '97237777777');
  await stage.clock.until(() => stage.hooks.texts.length === 1);
  assert.deepEqual(
    stage.hooks.of('message').map((one) => [one.session, one.payload.text]),
    [['biz_2', 'לשני']],
  );
  stage.hooks.answer = () => 200;
  await stage.clock.until(() => stage.hooks.texts.length === 2, { step: 1000 });
  const told = Object.fromEntries(stage.hooks.of('message').map((one) => [one.payload.text, one.session]));
  assert.deepEqual(told, { לראשון: 'biz_1', לשני: 'biz_2' });
});

test('an event that the product refuses is put aside, told to people, and can still be asked for', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  stage.hooks.answer = (event) => (event.payload.text === 'מסובך' ? 422 : 200);
  const { id } = await stage.customer({ text: 'מסובך' });
  await stage.customer({ text: 'פשוט' });
  await stage.clock.until(() => stage.hooks.texts.length === 1);
  assert.deepEqual(stage.hooks.texts, ['פשוט']);
  assert.ok(stage.log.some((line) => line.startsWith('ERROR An event could not be delivered')));
  const metrics = await (await fetch(`${stage.current.address}/metrics`)).text();
  assert.match(metrics, /^bridge_events_dead 1$/m);
  const pulled = await stage.call('GET', '/api/sessions/biz_1/events?after=0');
  assert.ok(pulled.body.events.some((/** @type {any} */ one) => one.payload.message_id === id));
});

test('after three days without an answer an event is put aside, too', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  stage.hooks.answer = () => 500;
  await stage.customer({ text: 'אבוד' });
  await stage.clock.until(() => stage.hooks.attempts.some((one) => one.payload.text === 'אבוד'));
  await stage.clock.leap(73 * HOUR);
  await stage.clock.until(
    () => stage.log.some((line) => line.includes('put aside') && line.includes('event=message')),
    { step: 100 },
  );
});

test('a session that the product no longer knows is removed', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  stage.hooks.answer = () => 410;
  await stage.customer({ text: 'יש מישהו?' });
  await stage.clock.until(async () => (await stage.call('GET', '/api/sessions/biz_1')).status === 404);
  assert.equal((await stage.drive('/')).accounts[0].linked, false);
});

test('the product asks for what it missed', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  for (let n = 0; n < 5; n += 1) await stage.customer({ text: `${n}` });
  await stage.clock.until(() => stage.hooks.texts.length === 5);
  const [, second] = stage.hooks.of('message');
  const page = (await stage.call('GET', `/api/sessions/biz_1/events?after=${second.seq}&limit=2`)).body;
  assert.deepEqual(
    page.events.map((/** @type {any} */ one) => [one.payload.text, one.attempt]),
    [
      ['2', 0],
      ['3', 0],
    ],
  );
  assert.equal(page.events[0].id, stage.hooks.of('message')[2].id);
  const rest = (await stage.call('GET', `/api/sessions/biz_1/events?after=${page.next}`)).body;
  assert.deepEqual(
    rest.events.map((/** @type {any} */ one) => one.payload.text),
    ['4'],
  );
  const end = (await stage.call('GET', `/api/sessions/biz_1/events?after=${rest.next}`)).body;
  assert.deepEqual(end, { events: [], next: rest.next });
});

test('a heartbeat a minute, with the session as it is', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.clock.advance(2 * 60_000 + 100);
  const beats = stage.hooks.of('session.heartbeat');
  assert.equal(beats.length, 2);
  const shown = (await stage.call('GET', '/api/sessions/biz_1')).body;
  assert.deepEqual(beats[1].payload, { ...shown, deaf_suspected: false });
});

test('after a restart what was not confirmed goes on, and the session works again', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  stage.hooks.answer = () => 503;
  await stage.customer({ text: 'לפני' });
  await stage.clock.until(() => stage.hooks.attempts.some((one) => one.payload.text === 'לפני'));
  await stage.stop(stage.current);
  stage.hooks.answer = () => 200;
  await stage.customer({ text: 'בזמן' });
  await stage.bridge();
  await stage.clock.until(() => stage.hooks.texts.length === 2, { step: 1000 });
  assert.deepEqual(
    stage.hooks.of('message').map((one) => [one.payload.text, one.payload.backlog]),
    [
      ['לפני', false],
      ['בזמן', true],
    ],
  );
});
