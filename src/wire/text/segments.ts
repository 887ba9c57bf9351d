import { must } from '../../base/must.ts';
import { readDataCoding, type TextAlphabet } from './data-coding.ts';
import { ESCAPE } from './gsm7-tables.ts';
import { septetsIn } from './packed.ts';
import { behindHeader, concatenationElement, writeElements } from './user-data-header.ts';

/**
 * How a long message travels: in parts behind a header with a reference of 8 or 16 bits; in bare parts that `sar_*`
 * parameters number; or whole, as `message_payload`, and the SMSC cuts it.
 */
export type Cutting = 'header-8' | 'header-16' | 'sar' | 'whole';

export interface CutOptions {
  readonly cutting: Cutting;
  /** Information elements that stand in the header of every segment, as `writeElements` gives them. */
  readonly elements: Uint8Array;
}

const usual: CutOptions = { cutting: 'header-8', elements: new Uint8Array(0) };

/** Where a text must not be cut. */
interface Grain {
  /** Whether a cut at `at`, of a part that began at `start`, would go through a character. */
  readonly splits: (octets: Uint8Array, at: number, start: number) => boolean;
  /** How much earlier the cut is made then. */
  readonly unit: number;
}

/** An escape that is itself escaped begins nothing: an odd run of them ends in one that does. */
function splitsEscape(octets: Uint8Array, at: number, start: number): boolean {
  let first = at;
  while (first > start && octets[first - 1] === ESCAPE) first--;
  return (at - first) % 2 === 1;
}

const splitsSurrogates = (octets: Uint8Array, at: number): boolean =>
  (octets[at - 2]! & 0xfc) === 0xd8 && (octets[at]! & 0xfc) === 0xdc;

const septetwise: Grain = { splits: splitsEscape, unit: 1 };
const unitwise: Grain = { splits: splitsSurrogates, unit: 2 };
const octetwise: Grain = { splits: () => false, unit: 0 };

/** The SMSC turns ASCII into septets; all that is not listed goes as octets. */
const grains: Partial<Record<TextAlphabet, Grain>> = { gsm7: septetwise, ascii: septetwise, ucs2: unitwise };

/** How many octets of our form (a septet has one of its own) an SMS holds, alone and as one of several. */
interface Room extends Grain {
  readonly whole: number;
  readonly part: number;
}

/** User data of an SMS. 3GPP TS 23.040 §9.2.3.16. */
const SMS_OCTETS = 140;
const LENGTH_OCTETS = 1;

/** What is left behind a header with so many octets of elements: septets begin on a septet boundary, units are whole. */
function left(elementOctets: number, grain: Grain): number {
  const octets = SMS_OCTETS - (elementOctets === 0 ? 0 : LENGTH_OCTETS + elementOctets);
  if (grain === septetwise) return septetsIn(octets);
  return grain === unitwise ? octets & ~1 : octets;
}

/** The element that numbers a part is there in the end, whoever writes it. TS 23.040 §9.2.3.24.1, §9.2.3.24.8. */
const numberingOctets = (cutting: Cutting): number => (cutting === 'header-16' ? 6 : 5);

const makeRoom = (grain: Grain, { cutting, elements }: CutOptions): Room => ({
  ...grain,
  whole: left(elements.length, grain),
  part: left(elements.length + numberingOctets(cutting), grain),
});

const grainOf = (dataCoding: number): Grain => grains[readDataCoding(dataCoding).alphabet] ?? octetwise;

/** By data_coding, where parts have nothing but an 8-bit reference, which most have. */
const usualRooms: readonly Room[] = Array.from({ length: 0x100 }, (_, coding) => makeRoom(grainOf(coding), usual));

const roomOf = (dataCoding: number, options: CutOptions): Room =>
  options === usual ? (usualRooms[dataCoding] ?? makeRoom(octetwise, usual)) : makeRoom(grainOf(dataCoding), options);

/** How many octets of our form one SMS holds, alone and as one of several. */
export const roomIn = (dataCoding: number, options: CutOptions): { readonly whole: number; readonly part: number } =>
  roomOf(dataCoding, options);

/** Where the part that begins at `start` ends. */
function endOfPart(octets: Uint8Array, start: number, room: Room): number {
  const end = start + room.part;
  if (end >= octets.length) return octets.length;
  return room.splits(octets, end, start) ? end - room.unit : end;
}

/** The parts a concatenation of TS 23.040 §9.2.3.24.1 can number. */
export const MAX_SEGMENTS = 255;

/** Elements leave room for the text: a header of theirs fits an SMS twice. */
export const MAX_ELEMENT_OCTETS = 64;

/** The room of a text that is cut: without any, no cut would come to an end. */
function roomToCut(dataCoding: number, options: CutOptions): Room {
  must(options.elements.length <= MAX_ELEMENT_OCTETS, 'the elements of a header leave room for the text');
  return roomOf(dataCoding, options);
}

/**
 * How many SMS a text takes. May be more than `MAX_SEGMENTS`, which cannot be sent. Where the SMSC cuts, it is taken to
 * number its parts with 8 bits.
 */
export function countSegments(octets: Uint8Array, dataCoding: number, options: CutOptions = usual): number {
  const room = roomToCut(dataCoding, options);
  if (octets.length <= room.whole) return 1;
  let segments = 0;
  for (let at = 0; at < octets.length; at = endOfPart(octets, at, room)) segments++;
  return segments;
}

const HEADER_OCTETS = 6;

/** Concatenation with an 8-bit reference: UDHL 5, IEI 0, its length 3, reference, total, number. TS 23.040 §9.2.3.24.1. */
function usualPart(text: Buffer, reference: number, total: number, number: number): Buffer {
  const octets = Buffer.allocUnsafe(HEADER_OCTETS + text.length);
  octets[0] = 5;
  octets[1] = 0;
  octets[2] = 3;
  octets[3] = reference;
  octets[4] = total;
  octets[5] = number;
  octets.set(text, HEADER_OCTETS);
  return octets;
}

function part(text: Buffer, reference: number, total: number, number: number, { cutting, elements }: CutOptions) {
  if (cutting === 'sar') return behindHeader(elements, text);
  if (cutting === 'header-8' && elements.length === 0) return usualPart(text, reference, total, number);
  const concatenation = concatenationElement({ reference, isWide: cutting === 'header-16', total, number });
  return behindHeader(Buffer.concat([writeElements([concatenation]), elements]), text);
}

/**
 * The short_message of each SMS: the octets themselves where one SMS holds them, else parts that cut neither an escape from
 * its octet nor a surrogate pair. Whether they begin with a user data header (esm_class 0x40) tells `carriesHeader`. The
 * low eight or sixteen bits of `reference` tell the parts of one text from those of another. Numbered parts are
 * `MAX_SEGMENTS` at most: the caller has counted.
 */
export function cutSegments(
  octets: Buffer,
  dataCoding: number,
  reference: number,
  options: CutOptions = usual,
): Buffer[] {
  const total = countSegments(octets, dataCoding, options);
  if (total === 1 || options.cutting === 'whole') return [behindHeader(options.elements, octets)];
  must(total <= MAX_SEGMENTS, 'a text is cut into 255 segments at most');
  const room = roomOf(dataCoding, options);
  const parts: Buffer[] = [];
  for (let start = 0; start < octets.length; ) {
    const end = endOfPart(octets, start, room);
    parts.push(part(octets.subarray(start, end), reference, total, parts.length + 1, options));
    start = end;
  }
  return parts;
}

/** Whether each of so many parts that `cutSegments` gave begins with a user data header. */
export const carriesHeader = (parts: number, { cutting, elements }: CutOptions = usual): boolean =>
  elements.length > 0 || (parts > 1 && (cutting === 'header-8' || cutting === 'header-16'));

/** One SMS of a text: what of it stands there, and how full it is. */
export interface SegmentView {
  /** From 1. */
  readonly number: number;
  /** The part of the text, in UTF-16 code units as JavaScript counts them; `to` is the first behind it. */
  readonly from: number;
  readonly to: number;
  /** Septets in GSM 7-bit, an escape counted; UTF-16 code units in UCS-2. */
  readonly used: number;
  /** How many of these fit beside the header. */
  readonly room: number;
}

/** How many characters so many GSM septets show: an escape and its octet are one. All of them are one UTF-16 unit. */
function charactersIn(octets: Uint8Array, start: number, end: number): number {
  let characters = 0;
  for (let at = start; at < end; at += octets[at] === ESCAPE ? 2 : 1) characters++;
  return characters;
}

/** Where each SMS of an encoded text, in data coding 0 or 8, ends. */
export function describeSegments(octets: Uint8Array, dataCoding: 0 | 8, options: CutOptions = usual): SegmentView[] {
  const room = roomToCut(dataCoding, options);
  const { unit } = room;
  const isWhole = octets.length <= room.whole;
  const views: SegmentView[] = [];
  for (let start = 0, from = 0; start < octets.length || views.length === 0; ) {
    const end = isWhole ? octets.length : endOfPart(octets, start, room);
    const to = from + (dataCoding === 0 ? charactersIn(octets, start, end) : (end - start) / unit);
    const used = (end - start) / unit;
    views.push({ number: views.length + 1, from, to, used, room: (isWhole ? room.whole : room.part) / unit });
    start = end;
    from = to;
  }
  return views;
}
