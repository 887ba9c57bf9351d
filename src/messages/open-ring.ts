const TRIM_EVERY = 4096;

/**
 * Things in the order in which they came, of which any may finish at any time: tells which unfinished one is the oldest, at
 * no cost but a push and a shift each.
 */
export class OpenRing<T> {
  readonly #isFinished: (item: T) => boolean;
  #items: (T | undefined)[] = [];
  #head = 0;

  constructor(isFinished: (item: T) => boolean) {
    this.#isFinished = isFinished;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length % TRIM_EVERY === 0) this.oldest();
  }

  /** The oldest that is not finished. */
  oldest(): T | undefined {
    while (this.#head < this.#items.length && this.#isFinished(this.#items[this.#head]!)) {
      this.#items[this.#head++] = undefined;
    }
    if (this.#head > TRIM_EVERY && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return this.#items[this.#head];
  }

  /** How many are not finished. */
  count(): number {
    return [...this.open()].length;
  }

  /** All that are not finished, oldest first. */
  *open(): Generator<T> {
    for (let at = this.#head; at < this.#items.length; at++) {
      const item = this.#items[at]!;
      if (!this.#isFinished(item)) yield item;
    }
  }
}
