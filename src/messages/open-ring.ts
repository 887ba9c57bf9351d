const TRIM_EVERY = 4096;

/**
 * Things in the order in which they came, of which any may finish at any time: tells which unfinished one is the oldest, at
 * no cost but a push and a shift each. One that stays unfinished for long does not keep those behind it in memory.
 */
export class OpenRing<T> {
  readonly #isFinished: (item: T) => boolean;
  #items: (T | undefined)[] = [];
  #head = 0;
  #trimAt = TRIM_EVERY;

  constructor(isFinished: (item: T) => boolean) {
    this.#isFinished = isFinished;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= this.#trimAt) this.#trim();
  }

  /** The oldest that is not finished. */
  oldest(): T | undefined {
    while (this.#head < this.#items.length && this.#isFinished(this.#items[this.#head]!)) {
      this.#items[this.#head++] = undefined;
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

  /** Drops what is finished, when half of what is kept may be: each item is looked at twice in its life, on average. */
  #trim(): void {
    this.#items = [...this.open()];
    this.#head = 0;
    this.#trimAt = Math.max(TRIM_EVERY, this.#items.length * 2);
  }
}
