import { rootOf, signCheckpoint, type Tile, tilePath } from '../../src/audit/tree/index.ts';
import type { Claim, LogSource, Run, StoredTile } from '../../src/audit/walk/source.ts';
import type { Dice } from '../../src/base/dice.ts';
import { logKey, ORIGIN } from './log-keys.ts';
import { MemoryLog, numberedEntries } from './memory-log.ts';

/** Of the entries of a log: how many each row of it has, in turn. */
const ROW_ENTRIES = [1, 40, 3, 1, 700, 2, 16, 1, 1, 120];

export interface Row {
  firstIndex: number;
  entryCount: number;
  entries: Buffer[];
  /** What is kept in place of the entries, where that is no list of entries any more. */
  bytes?: Buffer;
}

/** The rows that a log of these entries is kept in. */
export function rowsOf(entries: readonly Buffer[]): Row[] {
  const rows: Row[] = [];
  for (let first = 0, turn = 0; first < entries.length; turn++) {
    const held = entries.slice(first, first + ROW_ENTRIES[turn % ROW_ENTRIES.length]!);
    rows.push({ firstIndex: first, entryCount: held.length, entries: held });
    first += held.length;
  }
  return rows;
}

const lengths = (entry: Buffer): Buffer => Buffer.of(entry.length >> 8, entry.length & 0xff);
export const bytesOf = ({ bytes, entries }: Row): Buffer =>
  bytes ?? Buffer.concat(entries.flatMap((entry) => [lengths(entry), entry]));

/** A whole log as a database or a folder keeps it, in memory, to be changed by who may not. */
export class KeptLog implements LogSource {
  readonly log = new MemoryLog();
  rows: Row[];
  readonly heads: Claim[] = [];
  readonly tiles: Map<string, Buffer>;

  private constructor(entries: readonly Buffer[]) {
    this.log.append(entries);
    this.tiles = this.log.stored;
    this.rows = rowsOf(this.log.entries);
  }

  /** With a checkpoint for each of the sizes, and one for all of it. */
  static async of(size: number, sizes: readonly number[] = []): Promise<KeptLog> {
    const kept = new KeptLog(numberedEntries(0, size));
    for (const one of [...sizes, size]) kept.heads.push(await kept.signed(one));
    return kept;
  }

  /** A log of whom all tiles were made anew after one entry was changed. Nothing of it is signed. */
  static rewritten(size: number, index: number): KeptLog {
    return new KeptLog(numberedEntries(0, size).with(index, Buffer.from('what never happened')));
  }

  async signed(size: number): Promise<Claim> {
    const root = await rootOf(size, this.log.read);
    if (!Buffer.isBuffer(root)) throw new Error(`the log has no ${root.missing}`);
    const note = signCheckpoint({ origin: ORIGIN, size, root, extensions: [] }, [logKey], 0);
    return { name: `checkpoint of ${size}`, note, beside: { size, root } };
  }

  latest(): Promise<Claim> {
    return Promise.resolve(this.heads.at(-1)!);
  }

  async *claims(): AsyncGenerator<Claim> {
    yield* this.heads;
  }

  async tile(tile: Tile): Promise<StoredTile> {
    const [hashes] = await this.log.read([tile]);
    return { name: tilePath(tile), hashes: hashes ?? null };
  }

  strayTile(): Promise<null> {
    return Promise.resolve(null);
  }

  async *runs(from: number): AsyncGenerator<Run> {
    for (const row of this.rows) {
      if (row.firstIndex + row.entryCount <= from) continue;
      yield {
        name: nameOf(row.firstIndex),
        firstIndex: row.firstIndex,
        entryCount: row.entryCount,
        bytes: bytesOf(row),
      };
    }
  }
}

export const nameOf = (firstIndex: number): string => `row of ${firstIndex}`;

/** What is done to an entry of a row: the row is changed, or others with it. The name tells. */
export const tamperings = ['change', 'drop', 'insert', 'swap', 'truncate'] as const;
export type Tampering = (typeof tamperings)[number];

/** The entries of a row after something was done to the one at `at`. Those that come after it move where they must. */
export function tampered(entries: readonly Buffer[], at: number, how: Tampering, dice: Dice): Buffer[] {
  const entry = entries[at]!;
  const rest = entries.slice(at + 1);
  const before = entries.slice(0, at);
  if (how === 'drop') return [...before, ...rest];
  if (how === 'insert') return [...before, Buffer.from(`forged ${dice.word()}`), entry, ...rest];
  if (how === 'truncate') return [...before, entry.subarray(0, dice.below(entry.length)), ...rest];
  if (how === 'swap')
    return rest[0] ? [...before, rest[0], entry, ...rest.slice(1)] : [...before, Buffer.concat([entry, entry])];
  const changed = Buffer.from(entry);
  changed[dice.below(changed.length)]! ^= 1 << dice.below(8);
  return [...before, changed, ...rest];
}
