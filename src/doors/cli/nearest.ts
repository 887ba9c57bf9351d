/**
 * How many letters of two words must be added, left out, replaced or swapped with their neighbour to make one the other
 * (Damerau-Levenshtein, restricted). `rows[i][j]` is that number for the first i letters of one and j of the other.
 */
function distance(one: string, other: string): number {
  const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  const known = (row: number, at: number): number => rows[row]?.[at] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= one.length; row++) {
    rows.push([row]);
    for (let at = 1; at <= other.length; at++) {
      const [letter, target] = [one[row - 1], other[at - 1]];
      const isSwapped = letter === other[at - 2] && one[row - 2] === target;
      const changed = known(row - 1, at - 1) + (letter === target ? 0 : 1);
      const swapped = isSwapped ? known(row - 2, at - 2) + 1 : Number.POSITIVE_INFINITY;
      rows[row]?.push(Math.min(changed, swapped, known(row - 1, at) + 1, known(row, at - 1) + 1));
    }
  }
  return known(one.length, other.length);
}

const WORD_CHARACTERS_MAX = 40;

/** The word that was probably meant, or null where none is near: up to a third of its letters may be wrong. */
export function nearest(typed: string, words: readonly string[]): string | null {
  if (typed.length > WORD_CHARACTERS_MAX) return null;
  const ranked = words
    .map((word) => ({ word, letters: distance(typed, word) }))
    .toSorted((a, b) => a.letters - b.letters);
  const [best] = ranked;
  return best !== undefined && best.letters <= Math.ceil(best.word.length / 3) ? best.word : null;
}
