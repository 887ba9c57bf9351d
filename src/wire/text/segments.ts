import { must } from '../../base/must.ts';
import { ESCAPE } from './gsm7-tables.ts';

/** How many octets of a data coding one SMS holds, alone and behind a header, and where it must not be cut. */
interface Room {
  readonly whole: number;
  readonly part: number;
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

/** 140 octets of user data (3GPP TS 23.040 §9.2.3.16) are 160 septets; the six of the header take seven septets of them. */
const septets: Room = { whole: 160, part: 153, splits: splitsEscape, unit: 1 };
const codeUnits: Room = { whole: 140, part: 134, splits: splitsSurrogates, unit: 2 };
const octetwise: Room = { whole: 140, part: 134, splits: () => false, unit: 0 };

/** By SMPP data_coding: the SMSC turns ASCII (1) into septets; all that is not listed goes as octets. */
const rooms: Readonly<Record<number, Room>> = { 0: septets, 1: septets, 8: codeUnits };

const roomOf = (dataCoding: number): Room => rooms[dataCoding] ?? octetwise;

/** Where the part that begins at `start` ends. */
function endOfPart(octets: Uint8Array, start: number, room: Room): number {
  const end = start + room.part;
  if (end >= octets.length) return octets.length;
  return room.splits(octets, end, start) ? end - room.unit : end;
}

/** The parts a concatenation of TS 23.040 §9.2.3.24.1 can number. */
export const MAX_SEGMENTS = 255;

/** How many SMS a text takes. May be more than `MAX_SEGMENTS`, which cannot be sent. */
export function countSegments(octets: Uint8Array, dataCoding: number): number {
  const room = roomOf(dataCoding);
  if (octets.length <= room.whole) return 1;
  let segments = 0;
  for (let at = 0; at < octets.length; at = endOfPart(octets, at, room)) segments++;
  return segments;
}

const HEADER_OCTETS = 6;

/** Concatenation with an 8-bit reference: UDHL 5, IEI 0, its length 3, reference, total, number. TS 23.040 §9.2.3.24.1. */
function part(text: Buffer, reference: number, total: number, number: number): Buffer {
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

/**
 * The short_message of each SMS: the octets themselves where one SMS holds them, else parts that begin with a user data
 * header (esm_class 0x40 says so) and cut neither an escape from its octet nor a surrogate pair. The low eight bits of
 * `reference` tell the parts of one text from those of another. At most `MAX_SEGMENTS`: the caller has counted.
 */
export function cutSegments(octets: Buffer, dataCoding: number, reference: number): Buffer[] {
  const total = countSegments(octets, dataCoding);
  must(total <= MAX_SEGMENTS, 'a text is cut into 255 segments at most');
  if (total === 1) return [octets];
  const room = roomOf(dataCoding);
  const parts: Buffer[] = [];
  for (let start = 0; start < octets.length; ) {
    const end = endOfPart(octets, start, room);
    parts.push(part(octets.subarray(start, end), reference, total, parts.length + 1));
    start = end;
  }
  return parts;
}
