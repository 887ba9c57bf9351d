import { TextMap } from '../../base/text-map.ts';

/**
 * A map that forgets what is old: two generations of at most `capacity` entries each. Keeps memory bounded at the cost of
 * a second look-up.
 */
export class RecentMap<T> {
  readonly #capacity: number;
  #young = new TextMap<T>();
  #old = new TextMap<T>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): T | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: T): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new TextMap();
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
