import { must } from './must.ts';

/**
 * A queue in which everybody has a place, with one capacity for all: each key is served in turn, and within a key who came
 * first. When it is full, the last of the key that has most gives way: whoever fills it takes room from himself only.
 */
export class FairQueue<T> {
  readonly #capacity: number;
  readonly #byKey = new Map<string, T[]>();
  #size = 0;

  constructor(capacity: number) {
    must(Number.isInteger(capacity) && capacity > 0, 'a queue has a capacity of one or more');
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** Null when it was taken and nothing else had to go; else what gives way, which may be `value` itself. */
  push(key: string, value: T): T | null {
    const own = this.#byKey.get(key) ?? [];
    if (this.#size < this.#capacity) return this.#add(key, own, value);
    const [longestKey, longest] = this.#longest();
    if (own.length + 1 >= longest.length) return value;
    const last = longest.pop()!;
    if (longest.length === 0) this.#byKey.delete(longestKey);
    this.#size--;
    this.#add(key, own, value);
    return last;
  }

  shift(): T | undefined {
    const first = this.#byKey.entries().next().value;
    if (first === undefined) return undefined;
    const [key, values] = first;
    const value = values.shift()!;
    this.#byKey.delete(key);
    if (values.length > 0) this.#byKey.set(key, values);
    this.#size--;
    return value;
  }

  #add(key: string, own: T[], value: T): null {
    own.push(value);
    this.#byKey.set(key, own);
    this.#size++;
    return null;
  }

  /** Looked for only when the queue is full: at most as many keys as it has places. */
  #longest(): [string, T[]] {
    let longest: [string, T[]] | null = null;
    for (const entry of this.#byKey) if (longest === null || entry[1].length > longest[1].length) longest = entry;
    must(longest, 'a full queue holds something');
    return longest;
  }
}
