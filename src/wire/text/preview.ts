import { type EncodedText, encodeText } from './encode.ts';
import { encodeGsm7 } from './gsm7.ts';
import type { Language, LockingLanguage } from './languages.ts';
import { describeSegments, MAX_SEGMENTS, type SegmentView } from './segments.ts';
import { shiftElements } from './user-data-header.ts';

/** How a text would be sent. */
export interface Sending {
  readonly encoding: 'gsm7' | 'ucs2';
  /** The languages whose tables it is written in; null for the default ones. */
  readonly languages: { readonly locking: LockingLanguage | null; readonly single: Language | null };
  /** How many SMS it takes, which `parts` describes. */
  readonly segments: number;
  readonly parts: SegmentView[];
}

/** What sending a text would take. Nothing is sent or kept. */
export interface Preview extends Sending {
  /** Characters that the GSM 7-bit default alphabet lacks, as `U+1F600`, each once, in their order; the first 20. */
  readonly notInGsm7: string[];
  /** The same with national languages; null where they take no fewer segments. */
  readonly withNationalLanguages: Sending | null;
}

const NAMED_CHARACTERS_MAX = 20;
const HEXADECIMAL = 16;
const CODE_POINT_DIGITS = 4;

const codePointName = (character: string): string =>
  `U+${character.codePointAt(0)!.toString(HEXADECIMAL).toUpperCase().padStart(CODE_POINT_DIGITS, '0')}`;

function outsideOfGsm7(text: string): string[] {
  const outside: string[] = [];
  for (const character of new Set(text)) {
    if (encodeGsm7(character) === null) outside.push(codePointName(character));
    if (outside.length === NAMED_CHARACTERS_MAX) break;
  }
  return outside;
}

function sendingOf({ dataCoding, octets, shifts }: EncodedText): Sending {
  const parts = describeSegments(octets, dataCoding, { cutting: 'header-8', elements: shiftElements(shifts) });
  return {
    encoding: dataCoding === 0 ? 'gsm7' : 'ucs2',
    languages: {
      locking: shifts.locking === 'default' ? null : shifts.locking,
      single: shifts.single === 'default' ? null : shifts.single,
    },
    segments: parts.length,
    parts,
  };
}

/**
 * How a text would be sent without national languages, and whether those given would make it cheaper. Parts are counted
 * with an 8-bit reference. Null where the text is not well-formed UTF-16; 'too long' where even the cheapest way takes more
 * segments than can be numbered.
 */
export function previewText(text: string, languages: readonly Language[]): Preview | 'too long' | null {
  const plain = encodeText(text);
  const national = encodeText(text, { languages });
  if (plain === null || national === null) return null;
  const sending = sendingOf(plain);
  const other = sendingOf(national);
  if (other.segments > MAX_SEGMENTS) return 'too long';
  const withNationalLanguages = other.segments < sending.segments ? other : null;
  return { ...sending, notInGsm7: outsideOfGsm7(text), withNationalLanguages };
}
