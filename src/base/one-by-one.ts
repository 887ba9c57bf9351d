/** Does one thing after the other, in the order in which they are asked for. */
export class OneByOne {
  #last: Promise<unknown> = Promise.resolve();

  /** Begins `work` when all that was asked for before has ended, well or not. Settles as `work` does. */
  do<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined); // whoever asked for it hears of it
    return done;
  }

  /** Resolves when all that was asked for has ended, well or not. */
  async ended(): Promise<void> {
    await this.#last;
  }
}
