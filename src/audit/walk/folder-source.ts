import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { absent } from '../../base/absent.ts';
import { TILE_WIDTH, type Tile, tileOf, tilePath } from '../tree/index.ts';
import { sizeOfClaim } from './claims.ts';
import type { Claim, LogSource, Run, StoredTile } from './source.ts';

/** Null for a file that is not there. */
export const readIfThere = (file: string): Promise<Buffer | null> => readFile(file).catch(absent);

/** A log in files of the layout of C2SP tlog-tiles, as `audit export` writes it. */
export class FolderSource implements LogSource {
  readonly #folder: string;
  readonly #latest: Claim;
  readonly #size: number;

  /** `latest` says how far the log goes. */
  constructor(folder: string, latest: Claim) {
    this.#folder = folder;
    this.#latest = latest;
    this.#size = sizeOfClaim(latest) ?? 0;
  }

  latest(): Promise<Claim> {
    return Promise.resolve(this.#latest);
  }

  async *claims(): AsyncGenerator<Claim> {
    yield this.#latest;
  }

  /** As wide as the size of the log makes it, however much of it is asked for. */
  async tile({ level, index }: Tile): Promise<StoredTile> {
    const name = tilePath(tileOf(this.#size, Number(level), index)!);
    return { name, hashes: await readIfThere(join(this.#folder, name)) };
  }

  /** What lies in the folder besides is no part of the log. */
  strayTile(): Promise<null> {
    return Promise.resolve(null);
  }

  async *runs(from: number): AsyncGenerator<Run> {
    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < this.#size; index++) {
      const tile = tileOf(this.#size, 0, index)!;
      const name = tilePath({ ...tile, level: 'entries' });
      const bytes = await readIfThere(join(this.#folder, name));
      yield { name, firstIndex: index * TILE_WIDTH, entryCount: tile.width, bytes };
    }
  }
}
