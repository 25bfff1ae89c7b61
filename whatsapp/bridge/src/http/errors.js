/** An answer that is an error of the contract. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown> & { retry_after?: number }} [more]
   */
  constructor(status, code, message, more = {}) {
    super(message);
    this.status = status;
    this.body = { error: code, message, ...more };
    this.retryAfter = more.retry_after;
  }
}

/** @param {string} message @returns {ApiError} */
export const invalid = (message) => new ApiError(400, 'invalid', message);

export const notFound = () => new ApiError(404, 'not_found', 'There is no such thing here.');
