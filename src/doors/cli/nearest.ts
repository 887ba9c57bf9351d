/** How many letters of two words must be added, left out or replaced to make one the other (Levenshtein). */
function distance(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [row, letter] of [...one].entries()) {
    const here = [row + 1];
    for (let at = 0; at < other.length; at++) {
      const replaced = (above[at] ?? 0) + (letter === other[at] ? 0 : 1);
      here.push(Math.min(replaced, (above[at + 1] ?? 0) + 1, (here[at] ?? 0) + 1));
    }
    above = here;
  }
  return above.at(-1) ?? 0;
}

/** The word that was probably meant, or null where none is near: up to a third of its letters may be wrong. */
export function nearest(typed: string, words: readonly string[]): string | null {
  const ranked = words
    .map((word) => ({ word, letters: distance(typed, word) }))
    .toSorted((a, b) => a.letters - b.letters);
  const [best] = ranked;
  return best !== undefined && best.letters <= Math.max(1, Math.ceil(best.word.length / 3)) ? best.word : null;
}
