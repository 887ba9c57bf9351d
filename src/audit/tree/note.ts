import { must } from '../../base/must.ts';
import { signText, verifyText } from './cosignature.ts';
import { isKeyName, type SignerKey, type VerifierKey } from './note-key.ts';
import { decodeBase64, decodeText, isNoteText } from './strict-text.ts';

/** More than 100 signatures of ML-DSA-44, which is what a note may have. Longer is no note. */
export const MAX_NOTE_BYTES = 512 * 1024;
/** At least 16 must be taken (C2SP signed-note); Go's sumdb/note takes 100 too. */
const MAX_SIGNATURES = 100;
const ID_BYTES = 4;

/** One signature line: whose it claims to be, and its octets. */
export interface NoteSignature {
  readonly name: string;
  readonly id: number;
  readonly signature: Buffer;
}

/** A text (it ends with a newline) and its signatures, nothing of which has been verified (C2SP signed-note). */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const LINE = /^— (?<name>[^ ]+) (?<encoded>[\d+/=A-Za-z]+)$/u;

/** One signature line, without its newline; null when it is none. */
export function parseSignature(line: string): NoteSignature | null {
  const { name = '', encoded = '' } = LINE.exec(line)?.groups ?? {};
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes === null || bytes.length <= ID_BYTES) return null;
  return { name, id: bytes.readUInt32BE(0), signature: bytes.subarray(ID_BYTES) };
}

/** Signature lines, each with its newline; null when they are not 1 to 100, or one is none. */
export function parseSignatures(block: string): NoteSignature[] | null {
  const lines = block.split('\n');
  if (lines.pop() !== '' || lines.length === 0 || lines.length > MAX_SIGNATURES) return null;
  const signatures = lines.map(parseSignature);
  return signatures.every((signature) => signature !== null) ? signatures : null;
}

/** The note in these octets; null when they are none. The last empty line ends the text. */
export function parseNote(bytes: Buffer): Note | null {
  const whole = bytes.length <= MAX_NOTE_BYTES ? decodeText(bytes) : null;
  const end = whole?.lastIndexOf('\n\n') ?? -1;
  if (whole === null || end < 0) return null;
  const signatures = parseSignatures(whole.slice(end + 2));
  return signatures && { text: whole.slice(0, end + 1), signatures };
}

/** The line of a signature, with its newline. */
export function formatSignature({ name, id, signature }: NoteSignature): string {
  const bytes = Buffer.alloc(ID_BYTES + signature.length);
  bytes.writeUInt32BE(id);
  signature.copy(bytes, ID_BYTES);
  return `— ${name} ${bytes.toString('base64')}\n`;
}

/** The octets that `parseNote` reads, as text. */
export function formatNote({ text, signatures }: Note): string {
  must(text.endsWith('\n') && isNoteText(text), 'the text of a note ends with a newline and has no controls');
  must(signatures.length > 0 && signatures.length <= MAX_SIGNATURES, 'a note has 1 to 100 signatures');
  return `${text}\n${signatures.map(formatSignature).join('')}`;
}

/** The signature of a key over the text of a note, at a time in seconds since 1970, which only cosigners say. */
export const signNoteText = (key: SignerKey, text: string, timestampS: number): NoteSignature => ({
  name: key.name,
  id: key.id,
  signature: signText(key, text, timestampS),
});

const isOf = (key: VerifierKey, { name, id }: NoteSignature): boolean => key.name === name && key.id === id;

/** A signature by a key that was asked for, found good. */
export interface VerifiedSignature extends NoteSignature {
  readonly key: VerifierKey;
  /** When a cosigner made it, in seconds since 1970; null where the kind of signature says no time. */
  readonly timestampS: number | null;
}

export interface OpenedNote {
  readonly text: string;
  /** One for each of the keys that signed. */
  readonly verified: readonly VerifiedSignature[];
  /** By keys that were not asked for: they say nothing, and are kept. */
  readonly unknown: readonly NoteSignature[];
}

/** Why a note cannot be trusted: nobody asked for has signed it, or a signature of theirs is wrong. */
export type NoteFlaw = 'signature_missing' | 'signature_invalid';

/**
 * Verifies all signatures of the keys that are known. One that is wrong spoils the note, as C2SP signed-note recommends:
 * whoever changed it may have changed the rest.
 */
export function openNote(note: Note, keys: readonly VerifierKey[]): OpenedNote | NoteFlaw {
  const verified: VerifiedSignature[] = [];
  const unknown: NoteSignature[] = [];
  for (const signature of note.signatures) {
    const candidates = keys.filter((key) => isOf(key, signature));
    if (candidates.length === 0) unknown.push(signature);
    else {
      const found = verifiedBy(candidates, note.text, signature);
      if (found === null) return 'signature_invalid';
      if (!verified.some(({ key }) => key === found.key)) verified.push(found);
    }
  }
  return verified.length === 0 ? 'signature_missing' : { text: note.text, verified, unknown };
}

function verifiedBy(keys: readonly VerifierKey[], text: string, signature: NoteSignature): VerifiedSignature | null {
  for (const key of keys) {
    const found = verifyText(key, text, signature.signature);
    if (found !== null) return { ...signature, key, timestampS: found.timestampS };
  }
  return null;
}
