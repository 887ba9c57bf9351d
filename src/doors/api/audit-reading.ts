import type { Actor, Flaw, ShownEntry, Tile } from '../../audit/index.ts';
import type { Fault } from '../../base/fault.ts';
import type { Id } from '../../base/id.ts';

/** An entry and its place in the log; null for what is in the store only, or not signed yet. */
export interface PlacedEntry extends ShownEntry {
  readonly index: number | null;
}

export interface EntriesView {
  /** Of the latest checkpoint. */
  readonly size: number;
  readonly entries: readonly PlacedEntry[];
}

export interface TimelineView {
  readonly entries: readonly PlacedEntry[];
  /** Whether the log was looked through to its end. */
  readonly isWhole: boolean;
  readonly text: TextView;
}

/** Whether the text that is stored is the one that was accepted, by the digests of both, in hexadecimal. */
export interface TextView {
  /** `gone`: ended or erased. `not_on_record`: no entry that is signed has a digest of it. */
  readonly is: (typeof textFates)[number];
  readonly accepted: string | null;
  readonly stored: string | null;
}

export const textFates = ['as_accepted', 'changed', 'gone', 'not_on_record'] as const;

export interface VerifyWanted {
  /** The key to trust, as the auditor has it; the log's own where it is left out. */
  readonly key?: string;
  /** A checkpoint that the auditor has kept. */
  readonly checkpoint?: string;
}

export interface VerifiedView {
  readonly size: number | null;
  readonly checkpoints: number;
  readonly flaw: Flaw | null;
}

/** The log from an index on, as it grows. */
export interface FollowedLog {
  /** What has come since the last call, up to 256 entries. */
  more(): Promise<readonly PlacedEntry[]>;
}

/** How the audit log is read and verified. What it gives out is signed; that it is read is on record first, or it is not. */
export interface AuditReading {
  /** What is handed to whoever verifies (C2SP signed-note). */
  readonly verifier: string;
  /** The latest checkpoint, as a signed note with the cosignatures that there are of it; null of a log without one. */
  checkpoint(): Promise<string | null>;
  /** The latest one that enough witnesses have cosigned; null where none is. */
  witnessedCheckpoint(): Promise<string | null>;
  /** The octets of a tile; null where the latest checkpoint does not cover all of it. */
  tile(tile: Tile, by: Actor): Promise<Buffer | Fault | null>;
  /** Up to 256 entries from an index on. */
  entries(from: number, by: Actor): Promise<EntriesView | Fault>;
  /** The entries from an index on, and those to come. */
  follow(from: number, by: Actor): Promise<FollowedLog | Fault>;
  /** A `.tlog-proof` file; null for an entry that no checkpoint covers. */
  proofFile(index: number, by: Actor): Promise<string | Fault | null>;
  /** Everything about a message, in the order of time; `message_not_found` where nothing is. */
  timeline(accountId: number, id: Id, by: Actor): Promise<TimelineView | Fault>;
  /** Goes through everything. One at a time: `throttled` while another is under way. */
  verify(wanted: VerifyWanted, progress: (entries: number) => void, by: Actor): Promise<VerifiedView | Fault>;
}
