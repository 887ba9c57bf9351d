import { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import {
  formatNote,
  type Note,
  type NoteFlaw,
  openNote,
  parseNote,
  signNoteText,
  type VerifiedSignature,
} from './note.ts';
import type { SignerKey, VerifierKey } from './note-key.ts';

/** Whose checkpoints are believed: a log by its origin and keys, and how many of which witnesses must have seen it. */
export interface TrustPolicy {
  readonly origin: string;
  /** One of them must have signed. */
  readonly logKeys: readonly VerifierKey[];
  readonly witnesses: readonly VerifierKey[];
  /** How many witnesses, counted by their names, must have cosigned. */
  readonly quorum: number;
}

export interface TrustedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
  /** The good cosignatures of witnesses that are known, with their times. */
  readonly cosignatures: readonly VerifiedSignature[];
}

export type CheckpointFlaw = NoteFlaw | 'note_malformed' | 'checkpoint_malformed' | 'origin_wrong' | 'quorum_missed';

/** A checkpoint, signed by its log. The time counts only where a key says one. */
export function signCheckpoint(checkpoint: Checkpoint, keys: readonly SignerKey[], timestampS: number): string {
  const text = formatCheckpoint(checkpoint);
  return formatNote({ text, signatures: keys.map((key) => signNoteText(key, text, timestampS)) });
}

const hasSigned = (keys: readonly VerifierKey[], by: readonly VerifiedSignature[]): VerifiedSignature[] =>
  by.filter(({ key }) => keys.includes(key));

/** Believes a checkpoint or says why not. */
export function openCheckpoint(bytes: Buffer, policy: TrustPolicy): TrustedCheckpoint | CheckpointFlaw {
  const note = parseNote(bytes);
  if (note === null) return 'note_malformed';
  const opened = openNote(note, [...policy.logKeys, ...policy.witnesses]);
  if (typeof opened === 'string') return opened;
  if (hasSigned(policy.logKeys, opened.verified).length === 0) return 'signature_missing';
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint === null) return 'checkpoint_malformed';
  if (checkpoint.origin !== policy.origin) return 'origin_wrong';
  const cosignatures = hasSigned(policy.witnesses, opened.verified);
  const seenBy = new Set(cosignatures.map(({ name }) => name));
  return seenBy.size < policy.quorum ? 'quorum_missed' : { checkpoint, note, cosignatures };
}
