import {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  parseNote,
  type TreeHead,
  type TrustPolicy,
} from '../tree/index.ts';
import { type Flaw, firstDifference, flaw, hex, isFlaw } from './flaw.ts';
import type { Claim } from './source.ts';

const unsigned: Readonly<Record<string, string>> = {
  signature_missing: 'no signature in it is by the key of this log',
  signature_invalid: 'it is not what the key of this log signed: its text or its signature was changed',
  origin_wrong: 'it is of another log',
  quorum_missed: 'too few witnesses have signed it',
};

/** What a checkpoint says, if it is one that the log signed. */
export function openClaim({ name, note }: Claim, policy: TrustPolicy): Checkpoint | Flaw {
  const opened = openCheckpoint(Buffer.from(note), policy);
  if (typeof opened !== 'string') return opened.checkpoint;
  const words = unsigned[opened];
  return words === undefined
    ? flaw('checkpoint_malformed', name, 'it does not read as a checkpoint')
    : flaw('checkpoint_not_signed', name, words);
}

/** How large a log a checkpoint speaks of, whether it is signed or not; null where it does not say. */
export function sizeOfClaim({ note, beside }: Claim): number | null {
  if (beside) return beside.size;
  return parseCheckpoint(parseNote(Buffer.from(note))?.text ?? '')?.size ?? null;
}

/** Why a checkpoint is not one of the log whose first entries have this root; null where it is. */
export function wrongClaim(claim: Claim, own: TreeHead, policy: TrustPolicy): Flaw | null {
  const { name, beside } = claim;
  const opened = openClaim(claim, policy);
  if (isFlaw(opened)) return whereItDiffers(opened, claim, { ...own, origin: policy.origin, extensions: [] });
  if (beside && opened.size !== beside.size) {
    const words = `it says ${beside.size} entries, and its note was signed over ${opened.size}`;
    return flaw('checkpoint_row_wrong', name, words);
  }
  if (!opened.root.equals(own.root)) {
    const words = `it was signed over other first ${own.size} entries than those that are here`;
    return flaw('history_differs', name, words, { index: own.size - 1 });
  }
  if (beside && !beside.root.equals(own.root)) {
    const offset = firstDifference(beside.root, own.root)!;
    const words = `octet ${offset} of its root is ${hex(beside.root[offset])} and should be ${hex(own.root[offset])}`;
    return flaw('checkpoint_row_wrong', name, words, { offset });
  }
  return null;
}

/** A note whose signature does not hold: which octet of its text is not what the entries say. */
function whereItDiffers(found: Flaw, { note }: Claim, own: Checkpoint): Flaw {
  const shouldBe = Buffer.from(`${formatCheckpoint(own)}\n— ${own.origin} `);
  const is = Buffer.from(note).subarray(0, shouldBe.length);
  const offset = firstDifference(is, shouldBe);
  if (offset === null) return { ...found, offset: shouldBe.length, words: `${found.words}; its text is right` };
  const words = `octet ${offset} of its note is ${hex(is[offset])} and should be ${hex(shouldBe[offset])}`;
  return { ...found, offset, words };
}

const bySize = (claim: Claim): number => sizeOfClaim(claim) ?? 0;

/** Checkpoints in the order of the sizes they speak of: those that are kept, and some more. */
export async function* mergedClaims(kept: AsyncIterable<Claim>, more: readonly Claim[]): AsyncGenerator<Claim> {
  const rest = more.toSorted((a, b) => bySize(a) - bySize(b));
  for await (const claim of kept) {
    while (rest[0] && bySize(rest[0]) <= bySize(claim)) yield rest.shift()!;
    yield claim;
  }
  yield* rest;
}
