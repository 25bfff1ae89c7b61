/**
 * One line per fact, with the names of sessions and codes. Never a phone number, a name or a text:
 * errors are told by their class and code, because libraries put what they handled into their messages.
 *
 * @typedef {Record<string, string | number | boolean | null | undefined>} Facts
 * @typedef {object} Log
 * @property {(says: string, facts?: Facts) => void} info
 * @property {(says: string, facts?: Facts) => void} warn
 * @property {(says: string, facts?: Facts) => void} error
 */

/**
 * @param {(line: string) => void} write
 * @returns {Log}
 */
export function makeLog(write) {
  /** @param {string} level */
  const at =
    (level) =>
    (/** @type {string} */ says, /** @type {Facts} */ facts = {}) => {
      const told = Object.entries(facts).filter(([, value]) => value !== undefined);
      write([level, says, ...told.map(([name, value]) => `${name}=${value}`)].join(' '));
    };
  return { info: at('INFO'), warn: at('WARNING'), error: at('ERROR') };
}

/**
 * What may be said of an error.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function kindOf(error) {
  if (!(error instanceof Error)) return typeof error;
  const code = /** @type {{ code?: unknown }} */ (error).code;
  return typeof code === 'string' || typeof code === 'number' ? `${error.name}(${code})` : error.name;
}
