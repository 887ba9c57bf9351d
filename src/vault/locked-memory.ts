import sodium from 'sodium-native';

export const KEY_BYTES = 32;

/** A slab is 32 KiB: small enough that one recipient still in use keeps little else in memory. */
const KEYS_PER_SLAB = 1024;

/**
 * `byteCount` bytes between guard pages, kept out of swap and core dumps where the system's limit on locked memory
 * allows it (`ulimit -l`), and wiped when they are collected. Each call costs four pages, so keys share slabs.
 */
export const lockedBytes = (byteCount: number): Buffer => sodium.sodium_malloc(byteCount);

/** Overwrites secrets. */
export const wipe = (bytes: Buffer): void => sodium.sodium_memzero(bytes);

/** Whether a key was wiped. One that was drawn is never all zeros. */
export const isWiped = (key: Buffer): boolean => sodium.sodium_is_zero(key, key.length);

/**
 * Gives out places for keys, side by side in slabs. A place is never given out twice: whoever still refers to a slab
 * finds the key it put there and no other, and a slab that nobody refers to is wiped as it is collected.
 */
export class KeyMemory {
  readonly #slabs = new Set<WeakRef<ArrayBufferLike>>();
  /** Not by asking each slab now and then: whoever asks a weak reference keeps its target alive for that turn. */
  readonly #collected = new FinalizationRegistry<WeakRef<ArrayBufferLike>>((slab) => this.#slabs.delete(slab));
  #slab: Buffer = Buffer.alloc(0);
  #end = 0;

  /** The slab of the place that `take` gave out last. */
  get slab(): Buffer {
    return this.#slab;
  }

  /** Where in `slab` the next key goes. */
  take(): number {
    if (this.#end === this.#slab.length) this.#begin();
    this.#end += KEY_BYTES;
    return this.#end - KEY_BYTES;
  }

  /** A place of its own as a buffer, for keys that stay. */
  takeView(): Buffer {
    const at = this.take();
    return this.#slab.subarray(at, at + KEY_BYTES);
  }

  /** Overwrites every key that was ever put here. */
  wipe(): void {
    for (const slab of this.#slabs) {
      const bytes = slab.deref();
      if (bytes !== undefined) wipe(Buffer.from(bytes));
    }
    this.#slabs.clear();
    this.#slab = Buffer.alloc(0);
    this.#end = 0;
  }

  #begin(): void {
    this.#slab = lockedBytes(KEYS_PER_SLAB * KEY_BYTES);
    this.#end = 0;
    const slab = new WeakRef(this.#slab.buffer);
    this.#slabs.add(slab);
    this.#collected.register(this.#slab.buffer, slab);
  }
}
