import { errorText, type Log } from '../../base/log.ts';
import type { DueKey, WaitingStore } from '../waiting-store.ts';

/** Removes settled rows in groups: while one group is being removed the next gathers. */
export class Settlements {
  readonly #store: WaitingStore;
  readonly #log: Log;
  #gathering: DueKey[] = [];
  #running: Promise<void> | null = null;

  constructor(store: WaitingStore, log: Log) {
    this.#store = store;
    this.#log = log;
  }

  add(key: DueKey): void {
    this.#gathering.push(key);
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#gathering.length > 0) {
      const keys = this.#gathering;
      this.#gathering = [];
      try {
        await this.#store.settle(keys);
      } catch (error) {
        // What is not removed is due again when its claim ends: told twice, which its id shows, but never lost.
        this.#log.warn('notices_not_settled', { cause: errorText(error), count: keys.length });
      }
    }
    this.#running = null;
  }
}
