import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BUSINESS, DANA, NOA, Stage, useDatabase } from './support/stage.js';

useDatabase();

const WEEK_S = 604_800;

/** @param {Stage} stage @param {number} count */
async function messages(stage, count) {
  await stage.clock.until(() => stage.hooks.of('message').length >= count);
  return stage.hooks.of('message').map((one) => one.payload);
}

test('a message, as the product gets it', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const { id, chat_id } = await stage.customer({ text: 'אפשר תור מחר ב-12?', name: 'דנה' });
  const [payload] = await messages(stage, 1);
  assert.deepEqual(payload, {
    message_id: id,
    chat_id,
    lid: chat_id,
    phone: DANA,
    push_name: 'דנה',
    from_me: false,
    sent_by: 'contact',
    timestamp: Math.floor(stage.clock.now() / 1000),
    type: 'text',
    text: 'אפשר תור מחר ב-12?',
    backlog: false,
    button_id: null,
    quoted_id: null,
    media: null,
    location: null,
    contacts: null,
  });
  const envelope = stage.hooks.of('message')[0];
  assert.deepEqual([envelope.session, envelope.attempt, envelope.me.phone], ['biz_1', 1, `+${BUSINESS}`]);
  assert.ok(
    stage.log.every((line) => !line.includes(DANA.slice(1)) && !line.includes('תור')),
    'no customer in the log',
  );
});

test('ten copies of ten messages, shuffled: each is told once', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const wrote = Array.from({ length: 10 }, (_, n) => ({ from: n % 2 ? DANA : NOA, text: `הודעה ${n}`, id: `ID${n}` }));
  await stage.drive(`/accounts/${BUSINESS}/deliver`, { messages: wrote, copies: 10, shuffled: true });
  await messages(stage, 10);
  await stage.current.bridge.sessions.get('biz_1')?.inbox.idle();
  await stage.clock.advance(1_000);
  assert.deepEqual([...stage.hooks.texts].sort(), wrote.map((one) => one.text).sort());
  const seqs = stage.hooks.events.map((one) => one.seq);
  assert.deepEqual(
    seqs,
    [...seqs].sort((a, b) => a - b),
  );
});

test('a week-old backlog is told as such; what the phone knew long before the link is not news', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.clock.leap(8 * 86_400_000);
  const now = stage.clock.now() / 1000;
  await stage.customer({ text: 'לפני שבוע', at: now - WEEK_S, kind: 'append' });
  await stage.customer({ text: 'לפני חצי שעה', at: now - 1800, kind: 'append' });
  await stage.customer({ text: 'לפני שעתיים', at: now - 7200 });
  await stage.customer({ text: 'לפני חודש', at: now - 4 * WEEK_S, kind: 'append' });
  await stage.customer({ text: 'עכשיו' });
  const told = await messages(stage, 4);
  assert.deepEqual(
    told.map(({ text, backlog }) => [text, backlog]),
    [
      ['לפני שבוע', true],
      ['לפני חצי שעה', true],
      ['לפני שעתיים', true],
      ['עכשיו', false],
    ],
  );
});

test('groups, statuses, reactions and the like are nobody’s messages', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  for (const type of ['group', 'status', 'reaction', 'protocol', 'pollUpdate'])
    await stage.customer({ type, text: 'הצצה' });
  await stage.customer({ text: 'רק זו' });
  assert.deepEqual(
    (await messages(stage, 1)).map((one) => one.text),
    ['רק זו'],
  );
});

test('what a customer sends besides text', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const content = Buffer.from('voice').toString('base64');
  await stage.customer({ type: 'audio', content, seconds: 7 });
  await stage.customer({ type: 'document', text: 'המרשם', filename: 'מרשם.pdf', bytes: 2000 });
  await stage.customer({ type: 'location', text: 'דיזנגוף 99', latitude: 32.07, longitude: 34.77 });
  await stage.customer({ type: 'contact', contact: { name: 'נועה', phone: NOA } });
  await stage.customer({ type: 'button', text: 'מאשרת', button_id: 'yes', quoted: 'OUT1' });
  await stage.customer({ type: 'list', text: 'יום ג׳', button_id: 'tue' });
  await stage.customer({ type: 'poll', text: 'מתי?' });
  await stage.customer({ type: 'somethingNew', text: 'חדש' });
  await stage.customer({ text: 'נעלם', ephemeral: true, identity: 'lid_only' });
  const [voice, paper, place, card, button, list, poll, unknown, vanishing] = await messages(stage, 9);
  assert.deepEqual([voice.type, voice.media.seconds, voice.media.bytes], ['audio', 7, 5]);
  const file = await stage.call('GET', `/api/sessions/biz_1/media/${voice.media.id}`);
  assert.deepEqual([file.bytes.toString(), file.headers.get('content-type')], ['voice', 'audio/ogg; codecs=opus']);
  assert.deepEqual(
    [paper.type, paper.text, paper.media.filename, paper.media.bytes],
    ['document', 'המרשם', 'מרשם.pdf', 2000],
  );
  assert.deepEqual(place.location, { latitude: 32.07, longitude: 34.77, name: 'דיזנגוף 99', address: null });
  assert.deepEqual([card.type, card.contacts], ['contact', [{ name: 'נועה', phones: [NOA] }]]);
  assert.deepEqual([button.type, button.text, button.button_id], ['button_reply', 'מאשרת', 'yes']);
  assert.deepEqual([list.type, list.button_id], ['list_reply', 'tue']);
  assert.deepEqual([poll.type, unknown.type], ['unsupported', 'unsupported']);
  assert.deepEqual([vanishing.type, vanishing.text, vanishing.phone], ['text', 'נעלם', null]);
});

test('a 30 MB video is told with its size, and not kept; nor is one that lied about its size', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.customer({ type: 'video', text: 'הסרטון', bytes: 30_000_000 });
  const { id } = await stage.customer({ type: 'video', id: 'LIAR', bytes: 17_000_000 });
  const told = await messages(stage, 2);
  assert.deepEqual(
    told.map(({ type, media }) => [type, media.id, media.bytes]),
    [
      ['video', null, 30_000_000],
      ['video', null, 17_000_000],
    ],
  );
  stage.net.world.files.set('SMALL', { bytes: 17_000_000, content: null });
  stage.net.world.deliver(stage.net.world.account(BUSINESS), [
    {
      ...stage.net.world.compose(stage.net.world.account(BUSINESS), {
        from: DANA,
        type: 'video',
        id: 'SMALL',
        bytes: 1000,
      }),
    },
  ]);
  stage.net.world.files.set('SMALL', { bytes: 17_000_000, content: null });
  const liar = (await messages(stage, 3))[2];
  assert.ok(liar.media.id === null && liar.media.bytes > 16 * 1024 * 1024, String(id));
});

test('media run out after a week', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  await stage.customer({ type: 'image', text: 'הכלב' });
  const [{ media }] = await messages(stage, 1);
  const path = `/api/sessions/biz_1/media/${media.id}`;
  assert.equal((await stage.call('GET', path)).status, 200);
  await stage.clock.leap(7 * 86_400_000 + 1000);
  assert.equal((await stage.call('GET', path)).status, 410);
  assert.equal((await stage.call('GET', '/api/sessions/biz_1/media/media_none')).status, 404);
});

test('edits and deletions', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const { id, chat_id } = await stage.customer({ text: 'מחר בעשר' });
  await messages(stage, 1);
  await stage.drive(`/accounts/${BUSINESS}/edit`, { id, text: 'מחר באחת עשרה' });
  await stage.drive(`/accounts/${BUSINESS}/edit`, { id, text: 'מחר באחת עשרה' });
  await stage.drive(`/accounts/${BUSINESS}/revoke`, { id });
  await stage.clock.until(() => stage.hooks.of('message.revoked').length === 1);
  assert.deepEqual(
    stage.hooks.of('message.edited').map((one) => one.payload),
    [{ message_id: id, chat_id, text: 'מחר באחת עשרה' }],
  );
  assert.deepEqual(stage.hooks.of('message.revoked')[0].payload, { message_id: id, chat_id });
});

test('the owner answers on the own phone: told apart from what the bridge sent', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const chat = await stage.chat();
  await stage.drive(`/accounts/${BUSINESS}/owner`, { to: DANA, text: 'אני עונה' });
  await stage.send(chat, { text: 'מהגשר' });
  await stage.clock.until(async () => (await stage.inboxOf()).length === 2, { step: 100 });
  await stage.clock.advance(5_000);
  const [owner, ...more] = stage.hooks.of('message.any');
  assert.deepEqual(
    [owner.payload.text, owner.payload.from_me, owner.payload.sent_by, more.length],
    ['אני עונה', true, 'phone', 0],
  );
});

test('an unreadable message whose content follows is told once, with its content', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const { id } = await stage.customer({ type: 'undecryptable' });
  await stage.drive(`/accounts/${BUSINESS}/decrypt`, { id, text: 'עכשיו רואים' });
  assert.deepEqual(
    (await messages(stage, 1)).map(({ type, text }) => [type, text]),
    [['text', 'עכשיו רואים']],
  );
});

test('an unreadable message is told after three minutes, and again should its content come yet', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const { id } = await stage.customer({ type: 'undecryptable' });
  await stage.clock.advance(2 * 60_000);
  assert.equal(stage.hooks.of('message').length, 0);
  await stage.clock.advance(2 * 60_000);
  await messages(stage, 1);
  await stage.drive(`/accounts/${BUSINESS}/decrypt`, { id, text: 'באיחור' });
  const told = await messages(stage, 2);
  assert.deepEqual(
    told.map(({ message_id, type, text }) => [message_id, type, text]),
    [
      [id, 'undecryptable', null],
      [id, 'text', 'באיחור'],
    ],
  );
});

test('a number that WhatsApp tells later is passed on, once', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const { chat_id: lid } = await stage.customer({ text: 'מי אני', identity: 'lid_only' });
  await messages(stage, 1);
  for (let n = 0; n < 2; n += 1) await stage.drive(`/accounts/${BUSINESS}/mapping`, { lid, phone: DANA });
  await stage.customer({ text: 'ועוד אחת', identity: 'lid_only' });
  await messages(stage, 2);
  assert.deepEqual(
    stage.hooks.of('contact.mapping').map((one) => one.payload),
    [{ lid, phone: DANA }],
  );
  const sent = await stage.send('', { to: { phone: DANA } });
  assert.equal(sent.status, 202);
});

test('what arrives while the database is away is written as soon as it is back', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const { db } = stage.current.deps;
  const connect = db.pool.connect.bind(db.pool);
  let refused = 0;
  db.pool.connect = /** @type {any} */ (
    async () => {
      refused += 1;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    }
  );
  await stage.customer({ text: 'נשמרתי?' });
  await stage.clock.until(() => refused > 2, { step: 100 });
  db.pool.connect = /** @type {any} */ (connect);
  await stage.clock.until(() => stage.hooks.texts.length === 1, { step: 100 });
  assert.deepEqual(stage.hooks.texts, ['נשמרתי?']);
});
