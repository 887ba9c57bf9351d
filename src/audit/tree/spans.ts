import { subtreeLevels } from './merkle.ts';

/** The leaves from `from` up to but not including `to`, as one subtree: MTH(D[from:to]) of RFC 6962 §2.1. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A full subtree: the `index`th of those with 2^level leaves. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/** The largest power of two below `leaves`, where a tree is split (RFC 6962 §2.1). */
function splitOf(leaves: number): number {
  let split = 1;
  while (split * 2 < leaves) split *= 2;
  return split;
}

/** What an inclusion proof consists of, from the sibling of the leaf up to the child of the root: PATH of RFC 6962 §2.1.1. */
export function inclusionSpans(index: number, size: number): Span[] {
  const spans: Span[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      spans.unshift({ from: middle, to });
      to = middle;
    } else {
      spans.unshift({ from, to: middle });
      from = middle;
    }
  }
  return spans;
}

/** What a consistency proof consists of, lowest first: PROOF and SUBPROOF of RFC 6962 §2.1.2. Needs 0 < oldSize < newSize. */
export function consistencySpans(oldSize: number, newSize: number): Span[] {
  const spans: Span[] = [];
  let [from, to] = [0, newSize];
  while (oldSize < to) {
    const middle = from + splitOf(to - from);
    if (oldSize <= middle) {
      spans.unshift({ from: middle, to });
      to = middle;
    } else {
      spans.unshift({ from, to: middle });
      from = middle;
    }
  }
  // A subtree that begins at leaf 0 is the whole old tree, whose root the verifier has.
  if (from > 0) spans.unshift({ from, to });
  return spans;
}

/** The full subtrees a span falls into, from left to right. A span of a proof begins where a subtree as large as it may. */
export function subtreesOf({ from, to }: Span): Subtree[] {
  let at = from;
  return subtreeLevels(to - from).map((level) => {
    const subtree = { level, index: at / 2 ** level };
    at += 2 ** level;
    return subtree;
  });
}
