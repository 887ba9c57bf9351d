import { languageOf, languages, locks, noShifts, type Shifts } from './languages.ts';

/** Identifiers of TS 23.040 §9.2.3.24 that are read here. */
export const elementIds = {
  concatenation8: 0x00,
  ports8: 0x04,
  ports16: 0x05,
  concatenation16: 0x08,
  singleShift: 0x24,
  lockingShift: 0x25,
} as const;

/** What an information element is for. TS 23.040 §9.2.3.24, table of identifiers. */
export type ElementKind =
  | 'concatenation'
  | 'waiting indication'
  | 'ports'
  | 'carrier control'
  | 'source'
  | 'wireless control'
  | 'formatting'
  | 'mail'
  | 'language'
  | 'sim'
  | 'private'
  | 'reserved';

/** From the first identifier to the last, inclusive. What no row names is reserved. */
const kinds: readonly (readonly [first: number, last: number, kind: ElementKind])[] = [
  [0x00, 0x00, 'concatenation'],
  [0x01, 0x01, 'waiting indication'],
  [0x04, 0x05, 'ports'],
  [0x06, 0x06, 'carrier control'],
  [0x07, 0x07, 'source'],
  [0x08, 0x08, 'concatenation'],
  [0x09, 0x09, 'wireless control'],
  [0x0a, 0x1f, 'formatting'],
  [0x20, 0x20, 'mail'],
  [0x21, 0x21, 'formatting'],
  [0x22, 0x22, 'source'],
  [0x23, 0x23, 'waiting indication'],
  [0x24, 0x25, 'language'],
  [0x70, 0x7f, 'sim'],
  [0x80, 0x9f, 'private'],
  [0xc0, 0xdf, 'private'],
];

export const elementKind = (id: number): ElementKind =>
  kinds.find(([first, last]) => first <= id && id <= last)?.[2] ?? 'reserved';

export interface InformationElement {
  /** 0 to 255. */
  readonly id: number;
  /** 0 to 253 octets. */
  readonly data: Uint8Array;
}

/** Which part of which long message this is. TS 23.040 §9.2.3.24.1, §9.2.3.24.8. */
export interface Concatenation {
  /** 0 to 255, or to 65535 where it has 16 bits. */
  readonly reference: number;
  readonly isWide: boolean;
  /** 1 to 255. */
  readonly total: number;
  /** 1 to `total`. */
  readonly number: number;
}

export interface Ports {
  readonly destination: number;
  readonly source: number;
}

/** What is wrong with a header. With the first three nothing of it counts; with the others only the element does not. */
export type HeaderFlaw =
  | 'missing'
  | 'longer than the message'
  | 'element cut short'
  | 'element of the wrong length'
  | 'part numbers impossible'
  | 'contradicts itself';

/** A user data header, taken apart. */
export interface UserDataHeader {
  /** The octets it takes, the length in front included: text begins behind them, also where the header cannot be read. */
  readonly bytes: number;
  /** All elements in their order, 127 at most; none where the header cannot be read. */
  readonly elements: readonly InformationElement[];
  readonly concatenation: Concatenation | null;
  readonly ports: Ports | null;
  readonly shifts: Shifts;
  /** The first thing that is wrong with it, or null. */
  readonly flaw: HeaderFlaw | null;
}

const unreadable = (bytes: number, flaw: HeaderFlaw): UserDataHeader => ({
  bytes,
  elements: [],
  concatenation: null,
  ports: null,
  shifts: noShifts,
  flaw,
});

/** What has been gathered from the elements so far. */
interface Gathered {
  concatenation: Concatenation | null;
  ports: Ports | null;
  shifts: Shifts;
  flaw: HeaderFlaw | null;
}

/** How an element that is understood is taken in: its length, and what it adds, or its flaw. */
interface Reader {
  readonly octets: number;
  readonly take: (data: Uint8Array, into: Gathered) => HeaderFlaw | null;
}

const wide = (data: Uint8Array, at: number): number => (data[at]! << 8) | data[at + 1]!;

/** Numbers that cannot be are ignored with their element (§9.2.3.24.1); of two elements the last counts (§9.2.3.24). */
function takeConcatenation(into: Gathered, found: Concatenation): HeaderFlaw | null {
  if (found.total === 0 || found.number === 0 || found.number > found.total) return 'part numbers impossible';
  const before = into.concatenation;
  into.concatenation = found;
  const agrees = !before || (before.total === found.total && before.number === found.number);
  return agrees ? null : 'contradicts itself';
}

/** A language that is reserved, or has no locking shift table, leaves the default. */
const readers: Readonly<Partial<Record<number, Reader>>> = {
  [elementIds.concatenation8]: {
    octets: 3,
    take: (data, into) =>
      takeConcatenation(into, { reference: data[0]!, isWide: false, total: data[1]!, number: data[2]! }),
  },
  [elementIds.concatenation16]: {
    octets: 4,
    take: (data, into) =>
      takeConcatenation(into, { reference: wide(data, 0), isWide: true, total: data[2]!, number: data[3]! }),
  },
  [elementIds.ports8]: {
    octets: 2,
    take(data, into) {
      into.ports = { destination: data[0]!, source: data[1]! };
      return null;
    },
  },
  [elementIds.ports16]: {
    octets: 4,
    take(data, into) {
      into.ports = { destination: wide(data, 0), source: wide(data, 2) };
      return null;
    },
  },
  [elementIds.singleShift]: {
    octets: 1,
    take(data, into) {
      into.shifts = { ...into.shifts, single: languageOf(data[0]!) ?? 'default' };
      return null;
    },
  },
  [elementIds.lockingShift]: {
    octets: 1,
    take(data, into) {
      const language = languageOf(data[0]!);
      into.shifts = { ...into.shifts, locking: language !== null && locks(language) ? language : 'default' };
      return null;
    },
  },
};

function takeElement({ id, data }: InformationElement, into: Gathered): void {
  const reader = readers[id];
  if (reader === undefined) return;
  const flaw = data.length === reader.octets ? reader.take(data, into) : 'element of the wrong length';
  into.flaw ??= flaw;
}

/** The elements between the length of a header and its end; null where the last does not end with it. */
function splitElements(octets: Uint8Array, end: number): InformationElement[] | null {
  const elements: InformationElement[] = [];
  let at = 1;
  while (at + 1 < end) {
    const next = at + 2 + octets[at + 1]!;
    if (next > end) return null;
    elements.push({ id: octets[at]!, data: octets.subarray(at + 2, next) });
    at = next;
  }
  return at === end ? elements : null;
}

/**
 * Reads the header that octets begin with: UDHL, then elements of identifier, length and data. Never throws. Elements that
 * are not understood are kept and say nothing; one that is wrong does not count, and `flaw` tells of it. Where the last
 * element does not end with the header, the whole header is ignored (TS 23.040 §9.2.3.24).
 */
export function readHeader(octets: Uint8Array): UserDataHeader {
  if (octets.length === 0) return unreadable(0, 'missing');
  const bytes = 1 + octets[0]!;
  if (bytes > octets.length) return unreadable(octets.length, 'longer than the message');
  const elements = splitElements(octets, bytes);
  if (elements === null) return unreadable(bytes, 'element cut short');
  const gathered: Gathered = { concatenation: null, ports: null, shifts: noShifts, flaw: null };
  for (const element of elements) takeElement(element, gathered);
  return { bytes, elements, ...gathered };
}

/** What the elements of a header are for, each kind once. */
export const headerKinds = ({ elements }: UserDataHeader): ReadonlySet<ElementKind> =>
  new Set(elements.map(({ id }) => elementKind(id)));

/** Whether `octets` begin with a sound user data header that does nothing but join the parts of a long message. */
export function isConcatenationOnly(octets: Uint8Array): boolean {
  const header = readHeader(octets);
  return header.flaw === null && header.concatenation !== null && [...headerKinds(header)].length === 1;
}

/** Elements as they stand in a header, without its length. */
export function writeElements(elements: readonly InformationElement[]): Buffer {
  return Buffer.concat(elements.flatMap(({ id, data }) => [Buffer.of(id, data.length), data]));
}

const NO_ELEMENTS = Buffer.alloc(0);

/** The elements that name the tables of a text, to stand in the header of each of its segments; empty for the default. */
export function shiftElements({ locking, single }: Shifts): Buffer {
  if (locking === 'default' && single === 'default') return NO_ELEMENTS;
  const elements: InformationElement[] = [];
  if (locking !== 'default') elements.push({ id: elementIds.lockingShift, data: Uint8Array.of(languages[locking]) });
  if (single !== 'default') elements.push({ id: elementIds.singleShift, data: Uint8Array.of(languages[single]) });
  return writeElements(elements);
}

/** The element that numbers a part, with a reference of 8 or 16 bits. */
export const concatenationElement = ({ reference, isWide, total, number }: Concatenation): InformationElement =>
  isWide
    ? { id: elementIds.concatenation16, data: Uint8Array.of(reference >> 8, reference, total, number) }
    : { id: elementIds.concatenation8, data: Uint8Array.of(reference, total, number) };

/** A text behind its header, made of elements as `writeElements` gives them, 255 octets at most; bare where there is none. */
export const behindHeader = (elements: Uint8Array, text: Buffer): Buffer =>
  elements.length === 0 ? text : Buffer.concat([Buffer.of(elements.length), elements, text]);
