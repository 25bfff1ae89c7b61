/** @import { Route } from './server.js' */

/** What needs no signature: the port is private, and nothing here is about a customer. @type {Route[]} */
export const openRoutes = [
  ['GET', /^\/health\/live$/, async () => ({ json: { ok: true } })],
  [
    'GET',
    /^\/health\/ready$/,
    async ({ bridge, deps }) => {
      const reachable = await deps.db.pool.query('SELECT 1').then(
        () => true,
        () => false,
      );
      const ok = bridge.ready && reachable && !bridge.stopping;
      return { status: ok ? 200 : 503, json: { ok } };
    },
  ],
  [
    'GET',
    /^\/metrics$/,
    async ({ bridge, deps }) => ({
      bytes: Buffer.from(await metrics(bridge, deps)),
      type: 'text/plain; version=0.0.4',
    }),
  ],
];

/**
 * @param {import('../bridge.js').Bridge} bridge
 * @param {import('../deps.js').Deps} deps
 */
async function metrics(bridge, { db }) {
  const one = async (/** @type {string} */ sql) => (await db.pool.query(sql)).rows;
  const lines = ['# TYPE bridge_sessions gauge'];
  for (const row of await one('SELECT status, count(*) AS n FROM bridge.wa_session GROUP BY status')) {
    lines.push(`bridge_sessions{status="${row.status}"} ${row.n}`);
  }
  const gauges = {
    bridge_events_waiting: `SELECT count(*) AS n FROM bridge.wa_inbox_event
      WHERE delivered_at IS NULL AND dead_at IS NULL AND NOT superseded`,
    bridge_events_dead: 'SELECT count(*) AS n FROM bridge.wa_inbox_event WHERE dead_at IS NOT NULL',
    bridge_outbox_waiting: "SELECT count(*) AS n FROM bridge.wa_outbox WHERE state IN ('queued', 'sending')",
  };
  for (const [name, sql] of Object.entries(gauges))
    lines.push(`# TYPE ${name} gauge`, `${name} ${(await one(sql))[0].n}`);
  const held = [...bridge.sessions.values()];
  lines.push('# TYPE bridge_sessions_held gauge', `bridge_sessions_held ${held.length}`);
  lines.push(
    '# TYPE bridge_sessions_deaf gauge',
    `bridge_sessions_deaf ${held.filter((session) => session.deafSuspected).length}`,
  );
  return `${lines.join('\n')}\n`;
}
