import { must } from '../base/must.ts';
import type { Key } from './envelope.ts';
import { wipe } from './locked-memory.ts';

/** The versions of one key that are in memory: the current one seals, each opens what it sealed. */
export class KeyVersions {
  /** Seals what is new. */
  current: Key;
  readonly #others = new Map<number, Key>();

  constructor(current: Key) {
    this.current = current;
  }

  /** The version that an envelope names. */
  of(version: number): Key | undefined {
    return this.current.version === version ? this.current : this.#others.get(version);
  }

  get count(): number {
    return this.#others.size + 1;
  }

  add(key: Key): void {
    must(this.of(key.version) === undefined, 'a version of a key is learned once');
    this.#others.set(key.version, key);
  }

  /** Makes a version that is known the one that seals. */
  promote(version: number): void {
    if (version === this.current.version) return;
    const key = this.#others.get(version);
    must(key !== undefined, 'a version of a key is learned before it seals');
    this.#others.delete(version);
    this.#others.set(this.current.version, this.current);
    this.current = key;
  }

  /** Wipes the versions that are not among `versions`. The current one is. */
  keepOnly(versions: ReadonlySet<number>): void {
    for (const [version, key] of this.#others) {
      if (versions.has(version)) continue;
      this.#others.delete(version);
      wipe(key.bytes);
    }
  }

  /** Wipes all of them. */
  wipe(): void {
    this.keepOnly(new Set());
    wipe(this.current.bytes);
  }
}
