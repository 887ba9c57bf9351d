import type { AuditStore } from '../audit-store.ts';
import { TILE_WIDTH, type Tile, tileHashCount } from '../tree/index.ts';
import { type Flaw, flaw } from './flaw.ts';
import type { Claim, LogSource, Run, StoredTile } from './source.ts';

/** Rows that are read at a time: of 8 MiB at most, and most are of a few KiB. */
const GROUPS_PAGE = 16;
const HEADS_PAGE = 1000;

const tileName = (level: number, number: number): string => `row (level ${level}, number ${number}) of audit_tile`;

/** The log as its database has it. The store reads at one moment, or what grows is taken for what is wrong. */
export class DatabaseSource implements LogSource {
  readonly #store: AuditStore;

  constructor(store: AuditStore) {
    this.#store = store;
  }

  async latest(): Promise<Claim | null> {
    const head = await this.#store.head();
    return head && toClaim(head);
  }

  async *claims(): AsyncGenerator<Claim> {
    for (let from = 0; ; ) {
      const heads = await this.#store.heads(from, HEADS_PAGE);
      yield* heads.map(toClaim);
      if (heads.length < HEADS_PAGE) return;
      from = heads.at(-1)!.size + 1;
    }
  }

  async tile({ level, index }: Tile): Promise<StoredTile> {
    const hashes = await this.#store.rawTile(Number(level), index);
    return { name: tileName(Number(level), index), hashes };
  }

  async strayTile(size: number): Promise<Flaw | null> {
    for (const { level, number } of await this.#store.lastTiles()) {
      if (number * TILE_WIDTH < tileHashCount(size, level)) continue;
      return flaw('tile_too_many', tileName(level, number), `no log of ${size} entries has such a tile`);
    }
    return null;
  }

  async *runs(from: number): AsyncGenerator<Run> {
    let next = from === 0 ? Number.MIN_SAFE_INTEGER : await this.#store.beginOf(from);
    for (;;) {
      const groups = await this.#store.placed(next, GROUPS_PAGE);
      for (const { id, firstIndex, entryCount, entries } of groups) {
        yield { name: `row ${id} of audit_group`, firstIndex: firstIndex!, entryCount, bytes: entries };
      }
      if (groups.length < GROUPS_PAGE) return;
      next = groups.at(-1)!.firstIndex! + 1;
    }
  }
}

const toClaim = ({ size, root, note }: { size: number; root: Buffer; note: string }): Claim => ({
  name: `row ${size} of audit_checkpoint`,
  note,
  beside: { size, root },
});
