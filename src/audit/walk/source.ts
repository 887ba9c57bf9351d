import type { Tile } from '../tree/index.ts';
import type { Flaw } from './flaw.ts';

/** Entries side by side, each behind its length (2 octets): a row of `audit_group`, or a bundle in a folder. */
export interface Run {
  /** `row 12 of audit_group`, `tile/entries/003`. */
  readonly name: string;
  readonly firstIndex: number;
  readonly entryCount: number;
  /** Null where there should be some and are none. */
  readonly bytes: Buffer | null;
}

/** A tile as it is kept, however long it is; null where it is not there. */
export interface StoredTile {
  readonly name: string;
  readonly hashes: Buffer | null;
}

/** A checkpoint that somebody holds against the log. */
export interface Claim {
  /** Where it is from: `row 300 of audit_checkpoint`, the name of a file. */
  readonly name: string;
  readonly note: string;
  /** What is kept beside the note, where something is. */
  readonly beside: { readonly size: number; readonly root: Buffer } | null;
}

/** A log as it is kept somewhere. */
export interface LogSource {
  /** The checkpoint that says how far the log goes; null of a log without one. */
  latest(): Promise<Claim | null>;
  /** All checkpoints that are kept, the smallest first. */
  claims(): AsyncIterable<Claim>;
  tile(tile: Tile): Promise<StoredTile>;
  /** A tile that no log of that size has. */
  strayTile(size: number): Promise<Flaw | null>;
  /** Entries from those on that hold the entry `from`, in order, those behind the latest checkpoint among them. */
  runs(from: number): AsyncIterable<Run>;
}
