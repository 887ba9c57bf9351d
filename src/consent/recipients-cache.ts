import { must } from '../base/must.ts';

const HASH_WORDS = 4;

/**
 * Values by a 16-byte hash that nobody can choose (it is keyed), so that its first bits are the place to look. Open
 * addressing, at most half full. At 131,072 values a `Map` by text takes five times as long: it chases pointers.
 */
class Generation<Value> {
  readonly #mask: number;
  readonly #hashes: Int32Array;
  readonly #values: (Value | undefined)[];
  size = 0;

  constructor(slots: number) {
    this.#mask = slots - 1;
    this.#hashes = new Int32Array(slots * HASH_WORDS);
    this.#values = Array.from({ length: slots });
  }

  get(hash: Buffer): Value | undefined {
    return this.#values[this.#slotOf(hash)];
  }

  set(hash: Buffer, value: Value): void {
    const slot = this.#slotOf(hash);
    if (this.#values[slot] === undefined) this.size++;
    for (let i = 0; i < HASH_WORDS; i++) this.#hashes[slot * HASH_WORDS + i] = hash.readInt32LE(i * 4);
    this.#values[slot] = value;
  }

  *values(): Iterable<Value> {
    for (const value of this.#values) if (value !== undefined) yield value;
  }

  clear(): void {
    this.#values.fill(undefined);
    this.size = 0;
  }

  /** Where the hash is, or the empty slot where it would go. */
  #slotOf(hash: Buffer): number {
    const first = hash.readInt32LE(0);
    let slot = first & this.#mask;
    while (this.#values[slot] !== undefined && !this.#holds(slot * HASH_WORDS, first, hash))
      slot = (slot + 1) & this.#mask;
    return slot;
  }

  #holds(at: number, first: number, hash: Buffer): boolean {
    const hashes = this.#hashes;
    return (
      hashes[at] === first &&
      hashes[at + 1] === hash.readInt32LE(4) &&
      hashes[at + 2] === hash.readInt32LE(8) &&
      hashes[at + 3] === hash.readInt32LE(12)
    );
  }
}

/**
 * What was used lately, in two generations: when the younger one is full it becomes the older one, and what was not asked
 * for since is let go as a whole. What is found in the older one is carried over as `copy` makes it. Holds at most twice
 * `perGeneration`.
 */
export class GenerationCache<Value> {
  readonly #perGeneration: number;
  readonly #copy: (value: Value) => Value;
  #young: Generation<Value>;
  #old: Generation<Value>;

  constructor(perGeneration: number, copy: (value: Value) => Value) {
    must(Number.isInteger(perGeneration) && perGeneration > 0, 'a generation holds one or more');
    const slots = 2 ** Math.ceil(Math.log2(perGeneration * 2));
    this.#perGeneration = perGeneration;
    this.#copy = copy;
    this.#young = new Generation(slots);
    this.#old = new Generation(slots);
  }

  get(hash: Buffer): Value | undefined {
    const young = this.#young.get(hash);
    if (young !== undefined) return young;
    const old = this.#old.get(hash);
    if (old === undefined) return undefined;
    const copy = this.#copy(old);
    this.set(hash, copy);
    return copy;
  }

  set(hash: Buffer, value: Value): void {
    if (this.#young.size >= this.#perGeneration) this.#turn();
    this.#young.set(hash, value);
  }

  /** Everything that is held, some of it twice. */
  *values(): Iterable<Value> {
    yield* this.#young.values();
    yield* this.#old.values();
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  #turn(): void {
    const emptied = this.#old;
    emptied.clear();
    this.#old = this.#young;
    this.#young = emptied;
  }
}
