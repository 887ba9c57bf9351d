import { type Note, type NoteFlaw, openNote, parseSignatures, type VerifiedSignature } from './note.ts';
import type { VerifierKey } from './note-key.ts';
import { parseDecimal } from './strict-text.ts';

/** Octets of an answer that are read: 100 cosignatures with ML-DSA-44. */
export const MAX_ANSWER_BYTES = 512 * 1024;

/** The body of `POST add-checkpoint`: the size the witness knows, the proof from there, the signed checkpoint as issued. */
export const addCheckpointBody = (oldSize: number, proof: readonly Buffer[], checkpoint: string): string =>
  [`old ${oldSize}`, ...proof.map((hash) => hash.toString('base64')), '', checkpoint].join('\n');

/**
 * What a witness answered: good cosignatures, none with a wrong one among them; the size it knows, when it knows another
 * (or the same with another root: a fork); or that it will not.
 */
export type WitnessAnswer =
  | { readonly go: 'cosigned'; readonly cosignatures: readonly VerifiedSignature[] }
  | { readonly go: 'conflict'; readonly size: number }
  | { readonly go: 'refused'; readonly why: NoteFlaw | 'answer_malformed' | 'refused'; readonly status: number };

/** Reads the answer to a request for this note, believing only the keys of that witness. Others in it are left out. */
export function readWitnessAnswer(
  status: number,
  body: string,
  { text }: Note,
  keys: readonly VerifierKey[],
): WitnessAnswer {
  if (status === 409) {
    const size = body.endsWith('\n') ? parseDecimal(body.slice(0, -1)) : null;
    return size === null ? { go: 'refused', why: 'answer_malformed', status } : { go: 'conflict', size };
  }
  if (status !== 200) return { go: 'refused', why: 'refused', status };
  const signatures = parseSignatures(body);
  if (signatures === null) return { go: 'refused', why: 'answer_malformed', status };
  const opened = openNote({ text, signatures }, keys);
  return typeof opened === 'string'
    ? { go: 'refused', why: opened, status }
    : { go: 'cosigned', cosignatures: opened.verified };
}
