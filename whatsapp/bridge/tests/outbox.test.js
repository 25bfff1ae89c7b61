import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUSINESS, DANA, NOA, Stage, useDatabase } from './support/stage.js';

useDatabase();

/** @param {Stage} stage @param {number} count */
async function sent(stage, count, step = 100) {
  await stage.clock.until(async () => (await stage.inboxOf()).length >= count, { step });
  return stage.inboxOf();
}

/** @param {Stage} stage @param {string} id */
const acksOf = (stage, id) =>
  stage.hooks
    .of('message.ack')
    .map((one) => one.payload)
    .filter((one) => one.message_id === id);

test('a message is sent once, under the id that was promised, and its way is told', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const chat = await stage.chat();
  const answered = await stage.send(chat, { text: 'נקבע למחר ב-12', simulate_typing_ms: 800 }, 'key-00000001');
  assert.equal(answered.status, 202);
  const { message_id: id } = answered.body;
  assert.match(id, /^3EB0[0-9A-F]{18}$/);
  const [message] = await sent(stage, 1);
  assert.deepEqual([message.message_id, message.text, message.sends], [id, 'נקבע למחר ב-12', 1]);
  assert.deepEqual((await stage.drive(`/customers/${DANA}/presence`)).presence, ['composing', 'paused']);

  await stage.drive(`/accounts/${BUSINESS}/ack`, { id, status: 'read' });
  await stage.drive(`/accounts/${BUSINESS}/ack`, { id, status: 'delivered' }); // late: it only goes up
  await stage.clock.until(() => acksOf(stage, id).some((one) => one.ack === 3));
  assert.deepEqual(
    acksOf(stage, id).map((one) => one.ack_name),
    ['SERVER', 'DEVICE', 'READ'],
  );
  const again = await stage.send(chat, { text: 'נקבע למחר ב-12', simulate_typing_ms: 800 }, 'key-00000001');
  assert.deepEqual(
    [again.status, again.body],
    [200, { message_id: id, chat_id: chat, status: 'sent', ack: 3, error: null }],
  );
  assert.deepEqual((await stage.call('GET', `/api/sessions/biz_1/messages/${id}`)).body, again.body);
  const other = await stage.send(chat, { text: 'משהו אחר' }, 'key-00000001');
  assert.deepEqual([other.status, other.body.error], [409, 'idempotency_conflict']);
  assert.equal((await stage.inboxOf()).length, 1);
});

test('messages keep their order and a person’s pace', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked('biz_1', BUSINESS, { min_delay_ms: 2000, max_per_minute: 3 });
  const chat = await stage.chat();
  const from = stage.clock.now();
  for (let n = 0; n < 5; n += 1) await stage.send(chat, { text: `${n}` });
  const all = await sent(stage, 5, 1000);
  assert.deepEqual(
    all.map((one) => one.text),
    ['0', '1', '2', '3', '4'],
  );
  const seconds = all.map((one) => Math.round(one.at - from / 1000));
  assert.ok(/** @type {number} */ (seconds[1]) >= 2 && /** @type {number} */ (seconds[2]) >= 4, `${seconds}`);
  assert.ok(/** @type {number} */ (seconds[3]) >= 60, `the fourth waits for the minute: ${seconds}`);
});

test('a queue that could not be sent within minutes is refused', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked('biz_1', BUSINESS, { max_per_minute: 1 });
  const chat = await stage.chat();
  for (let n = 0; n < 6; n += 1) await stage.send(chat);
  const refused = await stage.send(chat);
  assert.deepEqual([refused.status, refused.body.error, refused.headers.get('retry-after')], [429, 'pacing', '60']);
});

test('what ran out is not sent hours late', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const chat = await stage.chat();
  await stage.drive(`/accounts/${BUSINESS}/settings`, { refuse: { code: 428, count: 1000 } });
  await stage.drive(`/accounts/${BUSINESS}/close`, { code: 428 });
  await stage.is('STARTING');
  const expires_at = new Date(stage.clock.now() + 60_000).toISOString();
  const { status, body } = await stage.send(chat, { expires_at });
  assert.equal(status, 202, 'a reconnecting session takes messages on');
  await stage.clock.until(() => acksOf(stage, body.message_id).length === 1, { step: 10_000 });
  assert.deepEqual(acksOf(stage, body.message_id), [
    { message_id: body.message_id, chat_id: chat, ack: -1, ack_name: 'ERROR', error: 'expired' },
  ]);
  await stage.drive(`/accounts/${BUSINESS}/settings`, { refuse: null });
  await stage.is('WORKING');
  assert.deepEqual(await stage.inboxOf(), []);
});

test('an account that WhatsApp restricts sends nothing more, and the message is not tried again', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const chat = await stage.chat();
  await stage.drive(`/accounts/${BUSINESS}/settings`, { fail_sends: { error: '463' } });
  const { body } = await stage.send(chat);
  await stage.clock.until(() => stage.hooks.of('session.restriction').length === 1);
  assert.equal(acksOf(stage, body.message_id)[0].error, '463');
  assert.equal(stage.hooks.of('session.restriction')[0].payload.kind, 'reachout_timelock');
  const refused = await stage.send(chat);
  assert.deepEqual([refused.status, refused.body.error], [423, 'restricted']);
  assert.equal((await stage.call('GET', '/api/sessions/biz_1')).body.restriction.code, '463');

  await stage.drive(`/accounts/${BUSINESS}/lock`, { active: false });
  await stage.clock.until(() => stage.hooks.of('session.restriction').length === 2);
  assert.equal((await stage.send(chat)).status, 202);
  assert.equal((await sent(stage, 1)).length, 1);
});

test('a refusal that comes after the sending counts as well', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const chat = await stage.chat();
  await stage.drive(`/accounts/${BUSINESS}/settings`, { auto_deliver: false });
  const { body } = await stage.send(chat);
  await sent(stage, 1);
  await stage.drive(`/accounts/${BUSINESS}/ack`, { id: body.message_id, error: '463' });
  await stage.clock.until(() => stage.hooks.of('session.restriction').length === 1);
  assert.equal((await stage.call('GET', `/api/sessions/biz_1/messages/${body.message_id}`)).body.status, 'failed');
});

test('the bridge writes into chats that exist, and into no others', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.linked('biz_2', '97237777777');
  const chat = await stage.chat();
  const cold = await stage.send('', { to: { phone: NOA } });
  assert.deepEqual([cold.status, cold.body.error], [422, 'no_chat']);
  assert.equal((await stage.send(chat, {}, undefined, 'biz_2')).body.error, 'no_chat', 'another business’s chat');
  assert.equal((await stage.send('', { to: { phone: DANA } })).status, 202);

  await stage.open('biz_1', { allow_new_chats: true });
  assert.equal((await stage.send('', { to: { phone: '+972520000000' } })).body.error, 'not_on_whatsapp');
  assert.equal((await stage.send('', { to: { phone: NOA } })).status, 202);
});

test('an answer quotes what it answers, and files come from the product itself', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const { id, chat_id: chat } = await stage.customer({ text: 'מה המחיר?' });
  await stage.clock.until(() => stage.hooks.texts.length === 1);
  stage.hooks.files.set('/media/price.pdf?t=1', Buffer.from('%PDF'));
  const media = {
    url: `${stage.hooks.origin}/media/price.pdf?t=1`,
    mimetype: 'application/pdf',
    filename: 'מחירון.pdf',
  };
  await stage.send(chat, { type: 'document', media, caption: 'המחירון', reply_to: id });
  const [message] = await sent(stage, 1);
  assert.deepEqual(
    [message.quoted, message.text, message.media],
    [id, 'המחירון', { bytes: 4, mimetype: 'application/pdf', filename: 'מחירון.pdf' }],
  );

  const elsewhere = await stage.send(chat, {
    type: 'image',
    media: { ...media, url: 'http://169.254.169.254/latest' },
  });
  assert.deepEqual([elsewhere.status, elsewhere.body.error], [400, 'invalid']);
  const lost = await stage.send(chat, {
    type: 'document',
    media: { ...media, url: `${stage.hooks.origin}/media/none.pdf` },
  });
  await stage.clock.until(() => acksOf(stage, lost.body.message_id).length > 0, { step: 100 });
  assert.equal(acksOf(stage, lost.body.message_id)[0].error, 'media_unavailable');
});

test('typing, read receipts and numbers', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked('biz_1', BUSINESS, { mark_read: true });
  const chat = await stage.chat();
  const first = stage.hooks.of('message')[0].payload.message_id;
  await stage.clock.until(async () => (await stage.drive(`/customers/${DANA}/presence`)).read.includes(first));
  const at = `/api/sessions/biz_1/chats/${encodeURIComponent(chat)}`;
  assert.equal((await stage.call('POST', `${at}/typing`, { state: 'composing' })).status, 204);
  assert.equal((await stage.call('POST', `${at}/seen`, { ids: ['X1'] })).status, 204);
  assert.equal((await stage.call('POST', '/api/sessions/biz_1/chats/1%40lid/seen', { ids: ['X1'] })).status, 404);
  assert.deepEqual((await stage.drive(`/customers/${DANA}/presence`)).read, [first, 'X1']);
  const known = await stage.call('POST', '/api/contacts/check', { session: 'biz_1', phone: NOA });
  assert.deepEqual([known.body.exists, known.body.jid], [true, `${NOA.slice(1)}@s.whatsapp.net`]);
  assert.equal(
    (await stage.call('POST', '/api/contacts/check', { session: 'biz_1', phone: NOA })).body.error,
    'pacing',
  );
});
