/** @import { Clock } from '../clock.js' */
/** @import { Database } from '../database.js' */
/** @import { Lease } from '../types.js' */

export const TTL_S = 30;

/**
 * Who holds a session. The instants are the database's, so that bridges' clocks need not agree.
 *
 * Every new holder gets a greater fencing number; what an older one still tries to write is refused
 * (`Database.fenced`).
 */
export class Leases {
  /**
   * @param {Database} db
   * @param {string} worker
   * @param {Clock} clock
   */
  constructor(db, worker, clock) {
    this.db = db;
    this.worker = worker;
    this.clock = clock;
  }

  /**
   * Take the sessions that nobody holds.
   *
   * @param {string | null} [only] this one alone
   * @returns {Promise<Lease[]>}
   */
  async take(only = null) {
    const taken = await this.db.pool.query(
      `INSERT INTO bridge.wa_lease AS l (session, worker, fencing, expires)
       SELECT name, $1, 1, ${this.#until} FROM bridge.wa_session s
        WHERE ($3::text IS NULL OR name = $3)
          AND NOT EXISTS (SELECT FROM bridge.wa_lease h WHERE h.session = s.name AND h.expires > ${this.#now})
        ORDER BY name
       ON CONFLICT (session) DO UPDATE SET worker = $1, fencing = l.fencing + 1, expires = excluded.expires
        WHERE l.expires <= ${this.#now}
       RETURNING session, worker, fencing`,
      [this.worker, this.clock.aheadMs(), only],
    );
    return taken.rows;
  }

  /**
   * Hold on to those already held. Those left out of the answer are somebody else's now, or gone.
   *
   * @param {Lease[]} leases
   * @returns {Promise<Set<string>>} names of the sessions still held
   */
  async renew(leases) {
    const renewed = await this.db.pool.query(
      `UPDATE bridge.wa_lease l SET expires = ${this.#until}
         FROM unnest($3::text[], $4::bigint[]) AS mine(session, fencing)
        WHERE l.session = mine.session AND l.fencing = mine.fencing AND l.worker = $1
       RETURNING l.session`,
      [this.worker, this.clock.aheadMs(), leases.map((one) => one.session), leases.map((one) => one.fencing)],
    );
    return new Set(renewed.rows.map((row) => row.session));
  }

  /** Let go at once, so that another bridge need not wait. @param {Lease} lease */
  async release(lease) {
    await this.db.pool.query(
      `UPDATE bridge.wa_lease SET expires = '-infinity' WHERE session = $1 AND worker = $2 AND fencing = $3`,
      [lease.session, lease.worker, lease.fencing],
    );
  }

  #now = "(clock_timestamp() + $2 * interval '1 millisecond')";
  #until = `(clock_timestamp() + $2 * interval '1 millisecond' + interval '${TTL_S} seconds')`;
}
