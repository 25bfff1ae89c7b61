/** Runs tasks one after the other, in the order they were given. A failed one does not stop the next. */
export class Serial {
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  run(task) {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves once everything given so far has ended. */
  async idle() {
    await this.#last;
  }
}
