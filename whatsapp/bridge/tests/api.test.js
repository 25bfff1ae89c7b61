import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sign, signedHeaders, verify } from '../src/signing.js';
import { API_KEY, HOOK_KEY } from './support/keys.js';
import { Stage, useDatabase } from './support/stage.js';

useDatabase();

const VECTOR = { timestamp: '1790000000', requestId: 'evt_01J000000000000000000000000' };
const VECTOR_KEY = 'test-secret-0123456789abcdef';

test('the signatures are those of the contract', () => {
  const body = Buffer.from('{"event":"message","text":"שלום"}');
  assert.equal(
    sign(VECTOR_KEY, { ...VECTOR, method: 'POST', path: '/hooks/wa-bridge/', body }),
    'v1=4138e2486f2daddfe45591b852aa40a5091b54ba2bd4684643025fa0e997d4e9',
  );
  assert.equal(
    sign(VECTOR_KEY, {
      ...VECTOR,
      method: 'GET',
      path: '/api/sessions/biz_42/auth/qr?format=raw',
      body: Buffer.alloc(0),
    }),
    'v1=981bbe4a2bb71372db9bed37e1746027d5d7177e2730ca8a8b22c8cce8c3b704',
  );
});

test('a signature counts for its own bytes, address, method, key and five minutes', () => {
  const request = { method: 'POST', path: '/a?b=1', body: Buffer.from('{}') };
  const ring = { api: API_KEY };
  const now = Number(VECTOR.timestamp) * 1000;
  const named = Object.entries(signedHeaders({ id: 'api', key: API_KEY }, { ...VECTOR, ...request }));
  const headers = Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value]));
  assert.equal(verify(ring, headers, request, now), VECTOR.requestId);
  assert.equal(verify(ring, headers, request, now + 300_000), VECTOR.requestId);
  const wrong = [
    verify(ring, headers, request, now + 301_000),
    verify(ring, headers, request, now - 301_000),
    verify(ring, headers, { ...request, body: Buffer.from('{ }') }, now),
    verify(ring, headers, { ...request, path: '/a?b=2' }, now),
    verify(ring, headers, { ...request, method: 'PUT' }, now),
    verify({ api: HOOK_KEY }, headers, request, now),
    verify(ring, { ...headers, 'x-webhook-key-id': '__proto__' }, request, now),
    verify(ring, { ...headers, 'x-webhook-hmac': 'v1=' }, request, now),
    verify(ring, { ...headers, 'x-webhook-hmac-algorithm': 'sha512' }, request, now),
    verify(ring, { ...headers, 'x-webhook-timestamp': 'NaN' }, request, now),
    verify(ring, {}, request, now),
  ];
  assert.deepEqual(
    wrong,
    wrong.map(() => null),
  );
});

test('who does not sign gets nothing; a request that was seen before is refused', async (t) => {
  const stage = await Stage.set(t);
  const bare = await fetch(`${stage.current.address}/api/sessions`);
  assert.deepEqual([bare.status, /** @type {any} */ (await bare.json()).error], [401, 'bad_signature']);
  assert.equal((await stage.call('GET', '/api/sessions', undefined, { key: HOOK_KEY })).status, 401);
  assert.equal((await stage.call('GET', '/api/sessions', undefined, { at: stage.clock.now() - 400_000 })).status, 401);
  assert.equal((await stage.call('GET', '/api/sessions', undefined, { requestId: 'one' })).status, 200);
  assert.equal((await stage.call('GET', '/api/sessions', undefined, { requestId: 'one' })).status, 401);
  assert.equal(
    (await stage.call('GET', '/api/sessions', undefined, { id: 'api_next', key: `${API_KEY}-next` })).status,
    200,
  );
  assert.equal((await fetch(`${stage.current.address}/health/ready`)).status, 200);
  assert.equal((await fetch(`${stage.current.address}/health/live`)).status, 200);
});

test('what is asked wrongly is said', async (t) => {
  const stage = await Stage.set(t);
  await stage.linked();
  const chat = await stage.chat();
  const send = async (/** @type {object} */ more) => (await stage.send(chat, more)).body.error;
  const hook_url = stage.hooks.url;
  const put = async (/** @type {object} */ body, name = 'biz_1') =>
    (await stage.call('PUT', `/api/sessions/${name}`, body)).status;
  assert.deepEqual(
    [
      ...[await put({}), await put({ hook_url: 'ftp://x' }), await put({ hook_url, desired_state: 'maybe' })],
      ...[
        await put({ hook_url, config: { max_per_minute: 0 } }),
        await put({ hook_url, config: { proxy: 'http://p' } }),
        await put({ hook_url }, 'Biz-1'),
      ],
    ],
    [400, 400, 400, 400, 400, 400],
  );
  assert.deepEqual(
    [
      ...[await send({ text: '' }), await send({ text: 'א'.repeat(4097) }), await send({ type: 'sticker' })],
      ...[
        await send({ to: {} }),
        await send({ to: { chat_id: chat, phone: '+972521234567' } }),
        await send({ expires_at: 'soon' }),
      ],
    ],
    Array(6).fill('invalid'),
  );
  const unnamed = await stage.call('POST', '/api/sessions/biz_1/messages', {});
  assert.deepEqual([unnamed.status, unnamed.body.error], [400, 'invalid']);
  assert.equal((await stage.call('GET', '/api/sessions/biz_9')).status, 404);
  assert.equal((await stage.call('POST', '/api/sessions/biz_9/start')).status, 404);
  assert.equal((await stage.call('GET', '/api/nothing')).status, 404);
  assert.equal((await stage.call('GET', '/api/sessions/biz_1/events?after=x')).status, 400);
  assert.equal((await stage.call('GET', '/api/sessions/%E0%A4%A')).status, 400);
});
