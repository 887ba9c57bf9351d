import { must } from '../../base/must.ts';
import { MAX_NOTE_BYTES } from './note.ts';
import { MAX_PROOF_HASHES, provesInclusion } from './proofs.ts';
import { type CheckpointFlaw, openCheckpoint, type TrustedCheckpoint, type TrustPolicy } from './signed-checkpoint.ts';
import { decodeBase64, decodeHashes, decodeText, parseDecimal } from './strict-text.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
/** Octets of data that go with a proof. */
export const MAX_EXTRA_BYTES = 64 * 1024;
const MAX_FILE_BYTES = MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES;

/** That an entry is in a log, in a file that is verified offline: `.tlog-proof` (C2SP tlog-proof). */
export interface ProofFile {
  readonly index: number;
  readonly hashes: readonly Buffer[];
  /** The signed note, as it was issued. */
  readonly checkpoint: string;
  /** Data that goes with it, such as the entry itself. Nothing vouches for it until it is compared with the leaf. */
  readonly extra: Buffer | null;
}

export function formatProofFile({ index, hashes, checkpoint, extra }: ProofFile): string {
  must(hashes.length <= MAX_PROOF_HASHES && (extra?.length ?? 0) <= MAX_EXTRA_BYTES, 'a proof file is bounded');
  const lines = [FIRST_LINE, ...(extra === null ? [] : [`extra ${extra.toString('base64')}`]), `index ${index}`];
  return [...lines, ...hashes.map((hash) => hash.toString('base64')), '', checkpoint].join('\n');
}

/** What stands behind `word` and a space; null when the line begins otherwise. */
const behind = (word: string, line: string | undefined): string | null =>
  line?.startsWith(`${word} `) === true ? line.slice(word.length + 1) : null;

/** Null for what `formatProofFile` does not write. The checkpoint in it is not looked at. */
export function parseProofFile(bytes: Buffer): ProofFile | null {
  const text = bytes.length <= MAX_FILE_BYTES ? decodeText(bytes) : null;
  const end = text?.indexOf('\n\n') ?? -1;
  if (text === null || end < 0) return null;
  const [first, ...lines] = text.slice(0, end).split('\n');
  const extraText = behind('extra', lines[0]);
  const extra = extraText === null ? null : decodeBase64(extraText);
  if (first !== FIRST_LINE || (extraText !== null && extra === null)) return null;
  const [indexLine, ...hashLines] = extraText === null ? lines : lines.slice(1);
  const index = parseDecimal(behind('index', indexLine) ?? '');
  const hashes = hashLines.length <= MAX_PROOF_HASHES ? decodeHashes(hashLines) : null;
  if (index === null || hashes === null || (extra?.length ?? 0) > MAX_EXTRA_BYTES) return null;
  return { index, hashes, checkpoint: text.slice(end + 2), extra };
}

export interface ProvenEntry extends TrustedCheckpoint {
  readonly index: number;
  readonly extra: Buffer | null;
}

export type ProofFlaw = CheckpointFlaw | 'proof_malformed' | 'proof_wrong';

/** Whether the file shows that the entry with this leaf hash is in the log, to one who trusts by this policy. */
export function verifyProofFile(bytes: Buffer, leaf: Buffer, policy: TrustPolicy): ProvenEntry | ProofFlaw {
  const file = parseProofFile(bytes);
  if (file === null) return 'proof_malformed';
  const trusted = openCheckpoint(Buffer.from(file.checkpoint), policy);
  if (typeof trusted === 'string') return trusted;
  const holds = provesInclusion(leaf, file.index, trusted.checkpoint, file.hashes);
  return holds ? { ...trusted, index: file.index, extra: file.extra } : 'proof_wrong';
}
