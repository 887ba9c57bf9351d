/** Does something to things in groups: while it is done to one group, the next gathers. */
export class Gathering<T> {
  readonly #run: (items: readonly T[]) => Promise<void>;
  readonly #failed: (error: unknown, items: readonly T[]) => void;
  #items: T[] = [];
  #running: Promise<void> | null = null;

  constructor(run: (items: readonly T[]) => Promise<void>, failed: (error: unknown, items: readonly T[]) => void) {
    this.#run = run;
    this.#failed = failed;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#running ??= this.#runAll();
  }

  /** Resolves when nothing is left. */
  async close(): Promise<void> {
    await this.#running;
  }

  async #runAll(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#items.length > 0) {
      const items = this.#items;
      this.#items = [];
      try {
        await this.#run(items);
      } catch (error) {
        this.#failed(error, items);
      }
    }
    this.#running = null;
  }
}
