import { must } from '../base/must.ts';
import type { Key } from './envelope.ts';
import { keyStates } from './key-states.ts';
import { wipe } from './locked-memory.ts';
import type { KeyName, StoredKey } from './vault-store.ts';

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

/**
 * The versions of one key, with those of `rows` that were not known. Keys that are known are never exchanged for their
 * equals, for something may be sealed under them as soon as they are. Null where none seals. The key of a day seals
 * messages of its day alone, so it may do so before it is called active, and after.
 */
export function learnVersions(
  rows: readonly StoredKey[],
  known: KeyVersions | undefined,
  open: (row: StoredKey) => Key,
): KeyVersions | null {
  const sealing = rows.findLast((row) => keyStates[row.state].protects) ?? rows.findLast(({ kind }) => kind === 'day');
  if (sealing === undefined) return null;
  const versions = known ?? new KeyVersions(open(sealing));
  for (const row of rows) if (versions.of(row.version) === undefined) versions.add(open(row));
  versions.promote(sealing.version);
  return versions;
}

export const versionsOf = (rows: readonly KeyName[]): ReadonlySet<number> => new Set(rows.map((row) => row.version));
