import { subscribe } from 'node:diagnostics_channel';

/**
 * Whether anything is under way between the bridge, its database and its neighbours: a clock that moves on
 * meanwhile would show a bridge slower than any real one.
 */

let requests = 0;
const up = () => void (requests += 1);
const down = () => void (requests -= 1);

subscribe('undici:request:create', up);
subscribe('undici:request:trailers', down);
subscribe('undici:request:error', down);
subscribe('http.client.request.start', up);
subscribe('http.client.response.finish', down);
subscribe('http.client.request.error', down);

/** @type {Set<import('pg').Pool>} */
export const pools = new Set();

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
const QUIET_TURNS = 4; // what was written to a socket needs a few turns to be read at its other end
const PATIENCE_TURNS = 400;

function busy() {
  const querying = [...pools].some((pool) => pool.waitingCount > 0 || pool.totalCount > pool.idleCount);
  return requests > 0 || querying;
}

/** Let what is under way come to its end. */
export async function settled() {
  for (let quiet = 0, turns = 0; quiet < QUIET_TURNS && turns < PATIENCE_TURNS; turns += 1) {
    await turn();
    quiet = busy() ? 0 : quiet + 1;
  }
}
