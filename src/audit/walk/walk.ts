import {
  Frontier,
  HASH_BYTES,
  rootOf,
  TILE_WIDTH,
  type Tile,
  type TreeHead,
  type TrustPolicy,
  tileHashCount,
  tileOf,
} from '../tree/index.ts';
import { wrongBundle } from './bundle.ts';
import { hasHash, hashAbove, misshapen, neither, wrongOctet } from './checked-tile.ts';
import { mergedClaims, openClaim, sizeOfClaim, wrongClaim } from './claims.ts';
import { EntryCursor, offsetOf } from './entry-cursor.ts';
import { type Flaw, flaw, isFlaw } from './flaw.ts';
import { rebuiltTile, unexplained } from './rebuilt.ts';
import type { Claim, LogSource } from './source.ts';

export interface WalkOptions {
  readonly source: LogSource;
  readonly policy: TrustPolicy;
  /** Checkpoints from elsewhere that the log must agree with. */
  readonly claims: readonly Claim[];
  /** Is told, now and then, how many entries have been found good. */
  readonly progress?: (entries: number) => void;
}

export interface Walked {
  /** Of the checkpoint that was gone by; null of a log without one. */
  readonly head: TreeHead | null;
  /** Checkpoints that the log agrees with. */
  readonly checkpoints: number;
  /** The first place that is wrong; null of a log that is what was signed. */
  readonly flaw: Flaw | null;
}

const PROGRESS_TILES = 256;

/**
 * Goes through a whole log: the latest checkpoint, the tiles from the root down, then every entry and every checkpoint from
 * the first entry on. A tile has been found good by what is above it before anything below is compared with it, so what is
 * named is what was changed and not what it was compared with. Memory is a few tiles and the runs that are being read.
 */
export async function walkLog(options: WalkOptions): Promise<Walked> {
  const { source, policy } = options;
  const latest = await source.latest();
  if (latest === null) return { head: null, checkpoints: 0, flaw: await emptyLog(options) };
  const head = openClaim(latest, policy);
  if (isFlaw(head)) return { head: null, checkpoints: 0, flaw: head };
  const entries = new EntryWalk(options, head);
  const wrong =
    (await source.strayTile(head.size)) ??
    (await wrongEdge(options, head)) ??
    (await wrongUpperTile(source, head)) ??
    (await entries.first());
  return { head, checkpoints: entries.checkpoints, flaw: wrong };
}

/** A log without a checkpoint has no entries, and nobody holds one against it. */
async function emptyLog({ source, claims, policy }: WalkOptions): Promise<Flaw | null> {
  for await (const { name, firstIndex } of source.runs(0)) {
    return flaw('checkpoint_missing', name, 'it has a place in the log, and no checkpoint is there', {
      index: firstIndex,
    });
  }
  const held = claims.find((claim) => sizeOfClaim(claim) !== 0);
  return held ? beyond(held, 0, policy) : source.strayTile(0);
}

/** A checkpoint of more entries than there are: the log is short only if the log has signed it. */
function beyond(claim: Claim, size: number, policy: TrustPolicy): Flaw {
  const opened = openClaim(claim, policy);
  if (isFlaw(opened)) return opened;
  return flaw('log_short', claim.name, `it is of ${opened.size} entries, and this log has ${size}`, { index: size });
}

/** The tiles at the right edge, from which the root is made, together. */
async function wrongEdge(options: WalkOptions, head: TreeHead): Promise<Flaw | null> {
  let wrong: Flaw | null = null;
  const root = await rootOf(head.size, async (tiles) => {
    const all: (Buffer | null)[] = [];
    for (const tile of tiles) {
      const stored = await options.source.tile(tile);
      wrong ??= misshapen(stored, tile);
      all.push(stored.hashes);
    }
    return all;
  });
  if (wrong) return wrong;
  return Buffer.isBuffer(root) && root.equals(head.root) ? null : unexplained(options, head);
}

/** The full tiles above the lowest level, from the top down, each by the hash above it. */
async function wrongUpperTile(source: LogSource, { size }: TreeHead): Promise<Flaw | null> {
  const levels = [];
  for (let level = 1; tileHashCount(size, level + 1) > 0; level++) levels.unshift(level);
  for (const level of levels) {
    for (let index = 0; index < tileHashCount(size, level + 1); index++) {
      const found = await wrongFullTile(source, { level, index, width: TILE_WIDTH }, level);
      if (found) return found;
    }
  }
  return null;
}

async function wrongFullTile(source: LogSource, tile: Tile, level: number): Promise<Flaw | null> {
  const stored = await source.tile(tile);
  const shape = misshapen(stored, tile);
  const hash = await hashAbove(source, tile, level);
  if (shape || hash === null) return shape ?? flaw('tile_missing', stored.name, 'nothing above vouches for it');
  if (hasHash(stored.hashes!, hash)) return null;
  const shouldBe = await rebuiltTile(source, tile, level);
  if (shouldBe && hasHash(shouldBe, hash)) return wrongOctet(stored, shouldBe);
  return neither(stored, hash, null);
}

/** The lowest tiles with their entries, and all checkpoints, from the first entry on. */
class EntryWalk {
  readonly #options: WalkOptions;
  readonly #head: TreeHead;
  readonly #cursor: EntryCursor;
  readonly #claims: AsyncIterator<Claim>;
  readonly #frontier = new Frontier();
  readonly #leaves = Buffer.alloc(TILE_WIDTH * HASH_BYTES);
  #claim: Claim | null = null;
  checkpoints = 0;

  constructor(options: WalkOptions, head: TreeHead) {
    this.#options = options;
    this.#head = head;
    this.#cursor = new EntryCursor(options.source.runs(0));
    this.#claims = mergedClaims(options.source.claims(), options.claims);
  }

  async first(): Promise<Flaw | null> {
    try {
      return await this.#first();
    } finally {
      await this.#cursor.close();
      await this.#claims.return?.();
    }
  }

  async #first(): Promise<Flaw | null> {
    const { size } = this.#head;
    await this.#nextClaim();
    let wrong = await this.#wrongClaim();
    for (let index = 0; wrong === null && index * TILE_WIDTH < size; index++) {
      wrong = await wrongBundle(
        this.#options.source,
        this.#cursor,
        tileOf(size, 0, index)!,
        this.#leaves,
        this.#eachLeaf,
      );
      if (index % PROGRESS_TILES === 0) this.#options.progress?.(this.#frontier.size);
    }
    return wrong ?? (await this.#beyond());
  }

  readonly #eachLeaf = (at: number): Promise<Flaw | null> | null => {
    this.#frontier.append(this.#leaves, at);
    return this.#claim && this.#wrongClaim();
  };

  /** Every checkpoint over the entries up to here. */
  async #wrongClaim(): Promise<Flaw | null> {
    const { size } = this.#frontier;
    while (this.#claim !== null && (sizeOfClaim(this.#claim) ?? 0) <= size) {
      const wrong = wrongClaim(this.#claim, { size, root: this.#frontier.root() }, this.#options.policy);
      if (wrong) return wrong;
      this.checkpoints++;
      await this.#nextClaim();
    }
    return null;
  }

  async #nextClaim(): Promise<void> {
    const next = await this.#claims.next();
    this.#claim = next.done ? null : next.value;
  }

  /** What stands behind the latest checkpoint, and checkpoints of a longer log. */
  async #beyond(): Promise<Flaw | null> {
    if (this.#claim) return beyond(this.#claim, this.#head.size, this.#options.policy);
    const place = await this.#cursor.next();
    if (place === null || isFlaw(place)) return place;
    const words = `entry ${place.index} begins at octet ${offsetOf(place)}, and no checkpoint covers it`;
    return flaw('entry_too_many', place.run.name, words, { offset: offsetOf(place), index: place.index });
  }
}
