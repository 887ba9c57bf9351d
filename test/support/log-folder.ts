import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  addCheckpointBody,
  consistencyProof,
  formatProofFile,
  grownBundles,
  grownTiles,
  inclusionProof,
  type Missing,
  packEntries,
  rootOf,
  type SignerKey,
  signCheckpoint,
  TILE_WIDTH,
  tileBytes,
  tilePath,
} from '../../src/audit/tree/index.ts';
import { ORIGIN } from './log-keys.ts';
import type { MemoryLog } from './memory-log.ts';

function had<Found extends object>(found: Found | Missing): Found {
  if ('missing' in found) throw new Error(`the log has no ${found.missing}`);
  return found;
}

/** A log written into a folder as C2SP tlog-tiles serves it: checkpoint, tiles, entries; and proofs beside it. */
export class LogFolder {
  readonly #log: MemoryLog;
  readonly #keys: readonly SignerKey[];
  readonly path: string;

  constructor(path: string, log: MemoryLog, keys: readonly SignerKey[]) {
    this.path = path;
    this.#log = log;
    this.#keys = keys;
  }

  /** The checkpoint of the first `size` entries, signed. */
  async checkpoint(size: number): Promise<string> {
    const root = had(await rootOf(size, this.#log.read));
    return signCheckpoint({ origin: ORIGIN, size, root, extensions: [] }, this.#keys, 1_800_000_000);
  }

  async writeTree(): Promise<void> {
    const { size, entries } = this.#log;
    for (const tile of grownTiles(0, size)) {
      const [hashes] = await this.#log.read([tile]);
      await this.#write(tilePath(tile), hashes!.subarray(0, tileBytes(tile)));
    }
    for (const bundle of grownBundles(0, size)) {
      const from = bundle.index * TILE_WIDTH;
      await this.#write(tilePath(bundle), packEntries(entries.slice(from, from + bundle.width)));
    }
    await this.#write('checkpoint', await this.checkpoint(size));
  }

  /** `<index>-<size>.tlog-proof` */
  async writeInclusion(index: number, size: number): Promise<void> {
    const hashes = had(await inclusionProof(index, size, this.#log.read));
    const file = formatProofFile({ index, hashes, checkpoint: await this.checkpoint(size), extra: null });
    await this.#write(`${index}-${size}.tlog-proof`, file);
  }

  /** `<size>.checkpoint` of the older, and `<from>-<to>.add-checkpoint`: what a witness would be asked. */
  async writeGrowth(from: number, to: number): Promise<void> {
    const proof = had(await consistencyProof(from, to, this.#log.read));
    await this.#write(`${from}.checkpoint`, await this.checkpoint(from));
    await this.#write(`${from}-${to}.add-checkpoint`, addCheckpointBody(from, proof, await this.checkpoint(to)));
  }

  async #write(path: string, content: string | Buffer): Promise<void> {
    const file = join(this.path, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}
