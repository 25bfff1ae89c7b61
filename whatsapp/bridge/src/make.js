import { Bridge } from './bridge.js';
import { systemClock } from './clock.js';
import { Database } from './database.js';
import { makeServer } from './http/server.js';
import { Events } from './store/events.js';
import { MediaStore } from './store/media.js';
import { Outbox } from './store/outbox.js';
import { Sessions } from './store/sessions.js';
import { Vault } from './vault.js';

/** @import { AddressInfo } from 'node:net' */
/** @import { Clock } from './clock.js' */
/** @import { Config } from './config.js' */
/** @import { Deps } from './deps.js' */
/** @import { Log } from './log.js' */
/** @import { Network } from './network/types.js' */

/**
 * A bridge that serves: its parts put together. Tests give it a clock and a network of their own.
 *
 * @param {Config} config
 * @param {{ log: Log, clock?: Clock, network?: Network, random?: () => number }} world
 */
export async function makeBridge(config, { log, clock = systemClock, network, random = Math.random }) {
  const db = new Database(config.databaseUrl, log);
  const vault = new Vault(config.secret);
  /** @type {Deps} */
  const deps = {
    clock,
    random,
    log,
    config,
    db,
    vault,
    network: network ?? (await networkOf(config, log)),
    sessions: new Sessions(db, vault),
    events: new Events(db, vault, clock),
    outbox: new Outbox(db, vault, clock),
    media: new MediaStore(db, vault, clock),
  };
  const bridge = new Bridge(deps);
  const server = makeServer(bridge);
  await db.migrate();
  await new Promise((resolve, reject) =>
    server.once('error', reject).listen(config.port, config.bind, () => resolve(null)),
  );
  const started = bridge.start(); // many sessions take their time; health/ready tells when
  const { port } = /** @type {AddressInfo} */ (server.address());
  const close = async () => {
    await bridge.stop();
    await started;
    server.closeAllConnections();
    server.close();
    await db.close();
  };
  return { bridge, server, deps, started, address: `http://${config.bind}:${port}`, close };
}

/** Only the network that is used is loaded: Baileys alone takes 100 MB. @param {Config} config @param {Log} log */
async function networkOf({ standInUrl, brand, waVersion }, log) {
  if (standInUrl) return (await import('./network/standin.js')).standInNetwork(standInUrl);
  return (await import('./network/baileys.js')).baileysNetwork({ brand, waVersion, log });
}
