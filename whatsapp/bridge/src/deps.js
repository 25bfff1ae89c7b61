/**
 * What every part of the bridge is given.
 *
 * @typedef {object} Deps
 * @property {import('./clock.js').Clock} clock
 * @property {() => number} random from 0 to 1
 * @property {import('./log.js').Log} log
 * @property {import('./config.js').Config} config
 * @property {import('./database.js').Database} db
 * @property {import('./vault.js').Vault} vault
 * @property {import('./network/types.js').Network} network
 * @property {import('./store/sessions.js').Sessions} sessions
 * @property {import('./store/events.js').Events} events
 * @property {import('./store/outbox.js').Outbox} outbox
 * @property {import('./store/media.js').MediaStore} media
 */
export {};
