import QRCode from 'qrcode';
import { iso } from '../clock.js';
import { envelope } from '../hooks/deliverer.js';
import { objectOf } from '../session/session.js';
import { ApiError, invalid, notFound } from './errors.js';
import { digits, settingsOf } from './parsing.js';

/** @import { Asked, Route } from './server.js' */
/** @import { Session } from '../session/session.js' */
/** @import { SessionRow } from '../types.js' */

const LONGEST_PULL = 200;

/** @type {Route[]} */
export const sessionRoutes = [
  ['PUT', /^\/api\/sessions\/([^/]+)$/, put],
  [
    'GET',
    /^\/api\/sessions$/,
    async ({ deps }) => ({ json: await Promise.all((await deps.sessions.all()).map((row) => objectOf(deps, row))) }),
  ],
  ['GET', /^\/api\/sessions\/([^/]+)$/, async (asked) => shown(asked, await rowOf(asked))],
  ['DELETE', /^\/api\/sessions\/([^/]+)$/, remove],
  ['POST', /^\/api\/sessions\/([^/]+)\/start$/, start],
  ['POST', /^\/api\/sessions\/([^/]+)\/stop$/, stop],
  ['POST', /^\/api\/sessions\/([^/]+)\/restart$/, restart],
  ['POST', /^\/api\/sessions\/([^/]+)\/logout$/, logout],
  ['GET', /^\/api\/sessions\/([^/]+)\/auth\/qr$/, qr],
  ['POST', /^\/api\/sessions\/([^/]+)\/auth\/request-code$/, requestCode],
  ['GET', /^\/api\/sessions\/([^/]+)\/events$/, events],
];

/** @param {Asked} asked @returns {Promise<SessionRow>} as it is now */
export async function rowOf({ bridge, deps, parts }) {
  const name = parts[0] ?? '';
  const row = bridge.sessions.get(name)?.row ?? (await deps.sessions.get(name));
  if (!row) throw notFound();
  return row;
}

/** The session, held here. @param {Asked} asked @returns {Promise<Session>} */
export async function held(asked) {
  const { name } = await rowOf(asked);
  const session = await asked.bridge.hold(name);
  if (!session) throw new ApiError(503, 'busy', 'Another bridge holds this session.', { retry_after: 5 });
  return session;
}

/** @param {Asked} asked @param {SessionRow} row @param {number} [status] */
async function shown({ deps }, row, status = 200) {
  return { status, json: await objectOf(deps, row) };
}

/** @param {Asked} asked */
async function put(asked) {
  const name = asked.parts[0] ?? '';
  if (!/^[a-z0-9_]{3,64}$/.test(name)) throw invalid('A session is called biz_ and a number.');
  const wanted = settingsOf(asked.json());
  const row = await asked.deps.sessions.put(name, wanted);
  const session = await asked.bridge.hold(name);
  if (!session) return shown(asked, row); // whoever holds it follows within seconds
  await session.states.run(async () => {
    Object.assign(session.row, wanted);
    await session.conform();
  });
  session.deliverer.wake();
  return shown(asked, session.row);
}

/** @param {Asked} asked */
async function start(asked) {
  const session = await held(asked);
  const ran = session.connection.active;
  await want(asked, session, 'running');
  await session.states.run(() => session.connection.start());
  return shown(asked, session.row, ran ? 200 : 202);
}

/** @param {Asked} asked */
async function stop(asked) {
  const session = await held(asked);
  await want(asked, session, 'stopped');
  await session.states.run(async () => {
    session.connection.end();
    if (session.row.status !== 'STOPPED') await session.setStatus('STOPPED', null);
  });
  return shown(asked, session.row, 202);
}

/** @param {Asked} asked */
async function restart(asked) {
  const session = await held(asked);
  await want(asked, session, 'running');
  await session.states.run(async () => {
    session.connection.end();
    await session.connection.start();
  });
  return shown(asked, session.row, 202);
}

/** @param {Asked} asked */
async function logout(asked) {
  const session = await held(asked);
  await want(asked, session, 'stopped');
  const confirmed = await session.states.run(async () => {
    const done = await session.connection.logout();
    await session.setStatus('STOPPED', null);
    return done;
  });
  if (!confirmed) {
    throw new ApiError(
      502,
      'logout_incomplete',
      'The keys are forgotten here; the device must be removed on the phone.',
    );
  }
  return shown(asked, session.row);
}

/** @param {Asked} asked @param {Session} session @param {'running' | 'stopped'} state */
async function want({ deps }, session, state) {
  await deps.sessions.want(session.name, state);
  session.row.desired_state = state;
}

/** @param {Asked} asked */
async function remove(asked) {
  await asked.bridge.purge(await held(asked));
  return { status: 204 };
}

/** @param {Asked} asked */
async function qr(asked) {
  const { connection } = await held(asked);
  if (!connection.qr) throw notScanning();
  if (asked.query.get('format') !== 'png') return { json: connection.qr };
  return { bytes: await QRCode.toBuffer(connection.qr.value, { width: 512, margin: 2 }), type: 'image/png' };
}

/** @param {Asked} asked */
async function requestCode(asked) {
  const { connection } = await held(asked);
  const phone = digits(asked.json().phone);
  if (!connection.qr || !connection.socket) throw notScanning();
  const code = await connection.socket.requestPairingCode(phone);
  return { json: { code, expires_at: iso(connection.pairingEnds) } };
}

const notScanning = () => new ApiError(409, 'not_scanning', 'The session does not wait for a phone now.');

/** @param {Asked} asked */
async function events(asked) {
  const { name } = await rowOf(asked);
  const [after, limit] = [asked.query.get('after') ?? '0', asked.query.get('limit') ?? String(LONGEST_PULL)];
  if (!/^\d{1,15}$/.test(after) || !/^[1-9]\d{0,3}$/.test(limit)) throw invalid('after and limit are whole numbers.');
  const found = await asked.deps.events.after(name, Number(after), Math.min(Number(limit), LONGEST_PULL));
  const qrNow = asked.bridge.sessions.get(name)?.connection.qr ?? null;
  return {
    json: { events: found.map((event) => envelope(name, qrNow, event, 0)), next: found.at(-1)?.seq ?? Number(after) },
  };
}
