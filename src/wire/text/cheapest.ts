import { encodeGsm7, lockingCharacters, singleCharacters } from './gsm7.ts';
import { type Language, languageNames, locks, noShifts, type Shifts } from './languages.ts';
import { countSegments, roomIn } from './segments.ts';
import { shiftElements } from './user-data-header.ts';

/** A pair of tables that has every character of a text. */
interface Candidate {
  readonly shifts: Shifts;
  readonly elements: Buffer;
  /** Escapes included. */
  readonly septets: number;
  /** Before the text is cut: what no cut can do with fewer than. Escapes that end a part early may make it more. */
  readonly segments: number;
}

/** A text of more kinds of characters than two tables have places fits none. */
const PLACES_OF_A_PAIR = 256;

const lockingSets = new Map<Shifts['locking'], ReadonlySet<string>>();
const singleSets = new Map<Shifts['single'], ReadonlySet<string>>();

/** The characters of a table, gathered once. */
function charactersOf<T>(
  table: T,
  known: Map<T, ReadonlySet<string>>,
  entriesOf: (table: T) => readonly (readonly [character: string, octet: number])[],
): ReadonlySet<string> {
  const gathered = known.get(table) ?? new Set(entriesOf(table).map(([character]) => character));
  known.set(table, gathered);
  return gathered;
}

/** How often each UTF-16 code unit is there; null where there are too many kinds of them for any pair. */
function countCharacters(text: string): ReadonlyMap<string, number> | null {
  const counts = new Map<string, number>();
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    counts.set(character, (counts.get(character) ?? 0) + 1);
    if (counts.size > PLACES_OF_A_PAIR) return null;
  }
  return counts;
}

/** Every pair of tables that the languages have but the default pair, the plainest first. */
function* pairsOf(languages: readonly Language[]): Generator<Shifts> {
  const allowed = languageNames.filter((language) => languages.includes(language));
  for (const single of allowed) yield { ...noShifts, single };
  for (const locking of allowed.filter(locks)) yield { ...noShifts, locking };
  for (const locking of allowed.filter(locks)) for (const single of allowed) yield { locking, single };
}

/** The septets of a text in a pair of tables; null where a character is in neither. */
function septetsOf(counts: ReadonlyMap<string, number>, { locking, single }: Shifts): number | null {
  const main = charactersOf(locking, lockingSets, lockingCharacters);
  const shifted = charactersOf(single, singleSets, singleCharacters);
  let septets = 0;
  for (const [character, count] of counts) {
    if (main.has(character)) septets += count;
    else if (shifted.has(character)) septets += 2 * count;
    else return null;
  }
  return septets;
}

function candidate(shifts: Shifts, septets: number): Candidate {
  const elements = shiftElements(shifts);
  const { whole, part } = roomIn(0, { cutting: 'header-8', elements });
  return { shifts, elements, septets, segments: septets <= whole ? 1 : Math.ceil(septets / part) };
}

/** 1 for a single shift alone, 2 for a locking one, 3 for both: the order in which handsets learnt them. */
const rankOf = ({ locking, single }: Shifts): number =>
  (locking === 'default' ? 0 : 2) + (single === 'default' ? 0 : 1);

/** Fewest segments first, then the plainest pair, then the fewest septets. */
const byCost = (a: Candidate, b: Candidate): number =>
  a.segments - b.segments || rankOf(a.shifts) - rankOf(b.shifts) || a.septets - b.septets;

function candidatesFor(text: string, languages: readonly Language[], fewerThan: number): Candidate[] {
  const counts = countCharacters(text);
  if (counts === null) return [];
  const candidates: Candidate[] = [];
  for (const shifts of pairsOf(languages)) {
    const septets = septetsOf(counts, shifts);
    if (septets !== null) candidates.push(candidate(shifts, septets));
  }
  return candidates.filter(({ segments }) => segments < fewerThan).toSorted(byCost);
}

const cut = (text: string, { shifts, elements, ...rest }: Candidate): Candidate => {
  const segments = countSegments(encodeGsm7(text, shifts)!, 0, { cutting: 'header-8', elements });
  return { ...rest, shifts, elements, segments };
};

/**
 * The tables that take the fewest segments, if that is fewer than `fewerThan`; else null. Of equally good ones the plainest:
 * a single shift, a locking shift, both; then the fewest septets; then the order of the identifiers. Only pairs that may
 * still be better than the best so far are cut: mostly one, and never more than there are (181 with all languages).
 */
export function cheapestShifts(text: string, languages: readonly Language[], fewerThan: number): Shifts | null {
  let best: Candidate | null = null;
  for (const promising of candidatesFor(text, languages, fewerThan)) {
    if (best && byCost(promising, best) >= 0) continue;
    const found = cut(text, promising);
    if (found.segments < fewerThan && (best === null || byCost(found, best) < 0)) best = found;
  }
  return best?.shifts ?? null;
}
