import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * What the environment says, read once.
 *
 * @typedef {object} Config
 * @property {string} databaseUrl
 * @property {string} bind
 * @property {number} port 0: any free one
 * @property {string} secret of the encryption at rest
 * @property {import('./signing.js').KeyRing} apiKeys what may sign requests to the bridge
 * @property {{ id: string, key: string }} hookKey what the bridge signs with
 * @property {string} worker this process, in leases
 * @property {string | null} standInUrl the stand-in network's address; null: WhatsApp itself
 * @property {[number, number, number] | null} waVersion
 * @property {string} brand shown in the phone's list of linked devices
 * @property {number} mediaLimit bytes
 * @property {string[]} mediaOrigins where media to be sent may lie, besides the hook's own origin
 */

const DEFAULT_PORT = 3300;
const SHORTEST_KEY = 32;

/** A mistake in the environment, told by the variable's name. */
export class ConfigError extends Error {}

/**
 * @param {Record<string, string | undefined>} env
 * @returns {Config}
 */
export function readConfig(env) {
  const databaseUrl = env.BRIDGE_DATABASE_URL || env.DATABASE_URL;
  if (!databaseUrl) throw new ConfigError('BRIDGE_DATABASE_URL or DATABASE_URL must name a PostgreSQL database.');
  return {
    databaseUrl,
    bind: env.BRIDGE_BIND || '127.0.0.1',
    port: wholeNumber(env, 'BRIDGE_PORT', DEFAULT_PORT, 65535),
    secret: secret(env, 'BRIDGE_SECRET'),
    apiKeys: {
      api: secret(env, 'BAILEYS_API_KEY'),
      ...(env.BAILEYS_API_KEY_NEXT && { api_next: secret(env, 'BAILEYS_API_KEY_NEXT') }),
    },
    hookKey: env.BAILEYS_HOOK_KEY_NEXT
      ? { id: 'hook_next', key: secret(env, 'BAILEYS_HOOK_KEY_NEXT') }
      : { id: 'hook', key: secret(env, 'BAILEYS_HOOK_KEY') },
    worker: `${hostname()}-${randomUUID()}`,
    standInUrl: env.WA_NETWORK_URL?.replace(/\/$/, '') || null,
    waVersion: version(env.WA_VERSION),
    brand: env.BRIDGE_BRAND || 'AgentLocator',
    mediaLimit: wholeNumber(env, 'BRIDGE_MEDIA_LIMIT', 16 * 1024 * 1024, 2 ** 31),
    mediaOrigins: (env.BRIDGE_MEDIA_ORIGINS ?? '').split(',').filter(Boolean),
  };
}

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} name
 * @param {number} fallback
 * @param {number} largest
 */
function wholeNumber(env, name, fallback, largest) {
  const text = env[name];
  if (!text) return fallback;
  if (!/^\d+$/.test(text) || Number(text) > largest) {
    throw new ConfigError(`${name} must be a whole number of at most ${largest}.`);
  }
  return Number(text);
}

/**
 * @param {Record<string, string | undefined>} env
 * @param {string} name
 */
function secret(env, name) {
  const value = env[name] ?? '';
  if (Buffer.byteLength(value) < SHORTEST_KEY) {
    throw new ConfigError(`${name} must be a random text of at least ${SHORTEST_KEY} bytes.`);
  }
  return value;
}

/** @param {string | undefined} text @returns {[number, number, number] | null} */
function version(text) {
  if (!text) return null;
  const [a, b, c, more] = text.split(/[.,]/).map(Number);
  if (![a, b, c].every(Number.isInteger) || more !== undefined) {
    throw new ConfigError('WA_VERSION must be three whole numbers such as 2,3000,1043857760.');
  }
  return [/** @type {number} */ (a), /** @type {number} */ (b), /** @type {number} */ (c)];
}
