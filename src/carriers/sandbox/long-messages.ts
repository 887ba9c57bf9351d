import { noShifts, type Shifts } from '../../wire/text/languages.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';
import type { OutboundPart, PlaceInWhole } from '../carrier.ts';

/** Long messages of which parts are missing, at most; the oldest is given up for the next. */
const INCOMPLETE_MAX = 100;

export interface WholeMessage {
  readonly octets: Buffer;
  readonly parts: number;
  /** The tables that the header of its last part named. */
  readonly shifts: Shifts;
}

/** A part, numbered in its header or beside it, or what is whole. */
export type Piece = Pick<OutboundPart, 'octets' | 'hasHeader' | 'place'>;

/** Joins the parts of long messages. */
export class LongMessages {
  readonly #incomplete = new Map<string, (Buffer | undefined)[]>();

  /** The message that is whole with this part, or null. `between` tells apart who sends to whom, and in what coding. */
  add(between: string, { octets, hasHeader, place }: Piece): WholeMessage | null {
    const header = hasHeader ? readHeader(octets) : null;
    const text = octets.subarray(header?.bytes ?? 0);
    const shifts = header?.shifts ?? noShifts;
    const concatenation = header?.concatenation ?? place;
    if (!concatenation) return { octets: text, parts: 1, shifts };
    const way = header?.concatenation ? (header.concatenation.isWide ? 'wide' : 'short') : 'beside';
    const whole = this.#join(`${between} ${way}`, concatenation, text);
    return whole && { octets: whole, parts: concatenation.total, shifts };
  }

  #join(between: string, { reference, total, number }: PlaceInWhole, text: Buffer): Buffer | null {
    const key = `${between} ${reference} ${total}`;
    const parts = this.#incomplete.get(key) ?? this.#begin(key, total);
    parts[number - 1] = text;
    const come = parts.filter((part) => part !== undefined);
    if (come.length < total) return null;
    this.#incomplete.delete(key);
    return Buffer.concat(come);
  }

  #begin(key: string, total: number): (Buffer | undefined)[] {
    const [oldest] = this.#incomplete.keys();
    if (this.#incomplete.size === INCOMPLETE_MAX) this.#incomplete.delete(oldest!);
    const parts = Array<Buffer | undefined>(total).fill(undefined);
    this.#incomplete.set(key, parts);
    return parts;
  }
}
