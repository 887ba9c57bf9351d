import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { emptyRoot } from './merkle.ts';
import { formatSignature, MAX_NOTE_BYTES, type Note, openNote, parseNote, signNoteText } from './note.ts';
import type { SignerKey, VerifierKey } from './note-key.ts';
import { MAX_PROOF_HASHES, provesConsistency, type TreeHead } from './proofs.ts';
import { decodeHashes, decodeText, parseDecimal } from './strict-text.ts';

/** Octets of a request: a note, and a proof in front of it. */
export const MAX_REQUEST_BYTES = MAX_NOTE_BYTES + 64 * 64;

/** A log that a witness watches. */
export interface WitnessedLog {
  readonly origin: string;
  readonly keys: readonly VerifierKey[];
}

/** A checkpoint that a log asks to have cosigned, with the proof that it grew from an older one. */
export interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Buffer[];
  readonly checkpoint: Checkpoint;
  readonly note: Note;
}

/** The body of `POST add-checkpoint` (C2SP tlog-witness); null when it is none. */
export function parseAddCheckpoint(body: Buffer): AddCheckpoint | null {
  const text = body.length <= MAX_REQUEST_BYTES ? decodeText(body) : null;
  const end = text?.indexOf('\n\n') ?? -1;
  if (text === null || end < 0) return null;
  const [first = '', ...lines] = text.slice(0, end).split('\n');
  const oldSize = first.startsWith('old ') ? parseDecimal(first.slice(4)) : null;
  const proof = lines.length <= MAX_PROOF_HASHES ? decodeHashes(lines) : null;
  const note = parseNote(Buffer.from(text.slice(end + 2)));
  const checkpoint = note && parseCheckpoint(note.text);
  return oldSize === null || !proof || !note || !checkpoint ? null : { oldSize, proof, checkpoint, note };
}

/** Why a witness does not cosign, with the HTTP status that says so. */
export type Refusal =
  | { readonly status: 400; readonly why: 'request_malformed' | 'old_size_beyond_checkpoint' }
  | { readonly status: 403; readonly why: 'signature_missing' | 'signature_invalid' }
  | { readonly status: 404; readonly why: 'origin_unknown' }
  | { readonly status: 409; readonly why: 'old_size_differs' | 'root_differs'; readonly size: number }
  | { readonly status: 422; readonly why: 'proof_wrong' };

/** A request of a log that is known, signed by it. */
export interface Admitted extends AddCheckpoint {
  readonly status: 'admitted';
}

/** The checks that need no state. What follows is `decide`, with what was last cosigned for the origin. */
export function admit(body: Buffer, logs: readonly WitnessedLog[]): Admitted | Refusal {
  const request = parseAddCheckpoint(body);
  if (request === null) return { status: 400, why: 'request_malformed' };
  const log = logs.find(({ origin }) => origin === request.checkpoint.origin);
  if (log === undefined) return { status: 404, why: 'origin_unknown' };
  const opened = openNote(request.note, log.keys);
  if (typeof opened === 'string') return { status: 403, why: opened };
  if (request.oldSize > request.checkpoint.size) return { status: 400, why: 'old_size_beyond_checkpoint' };
  return { status: 'admitted', ...request };
}

/**
 * A yes. `head` must be stored in place of what was last cosigned before anybody hears of it, and only if that is still
 * what `decide` was given: otherwise two requests at once could roll the log back.
 */
export interface Accepted {
  readonly status: 200;
  readonly head: TreeHead;
}

/** Decides about an admitted request, given what was last cosigned for its origin: null when nothing was. */
export function decide({ oldSize, proof, checkpoint }: Admitted, last: TreeHead | null): Accepted | Refusal {
  const older = last ?? { size: 0, root: emptyRoot() };
  const { size, root } = checkpoint;
  if (oldSize !== older.size) return { status: 409, why: 'old_size_differs', size: older.size };
  if (size === older.size && !root.equals(older.root)) return { status: 409, why: 'root_differs', size: older.size };
  if (!provesConsistency(older, checkpoint, proof)) return { status: 422, why: 'proof_wrong' };
  return { status: 200, head: { size, root } };
}

/** Body of a 200: the lines of the witness's signatures. The head must have been stored. */
export const cosign = ({ note }: Admitted, keys: readonly SignerKey[], timestampS: number): string =>
  keys.map((key) => formatSignature(signNoteText(key, note.text, timestampS))).join('');

/** Body of a 409, whose Content-Type is `text/x.tlog.size`. */
export const formatConflict = (size: number): string => `${size}\n`;
