/** Long messages of which parts are missing, at most; the oldest is given up for the next. */
const INCOMPLETE_MAX = 100;

/** The information elements of TS 23.040 §9.2.3.24.1 and §9.2.3.24.8: 8-bit and 16-bit reference. */
const CONCATENATION_8_BIT = 0x00;
const CONCATENATION_16_BIT = 0x08;

interface Concatenation {
  readonly reference: number;
  readonly total: number;
  readonly number: number;
}

/** What joins the parts of a long message, read from a user data header; null where it tells of none. */
function concatenationOf(header: Buffer): Concatenation | null {
  for (let at = 0; at + 1 < header.length; at += 2 + header[at + 1]!) {
    const data = header.subarray(at + 2, at + 2 + header[at + 1]!);
    const [total = 0, number = 0] = data.subarray(-2);
    if (number === 0 || number > total) continue;
    if (header[at] === CONCATENATION_8_BIT && data.length === 3) return { reference: data[0]!, total, number };
    if (header[at] === CONCATENATION_16_BIT && data.length === 4) {
      return { reference: data.readUInt16BE(0), total, number };
    }
  }
  return null;
}

export interface WholeMessage {
  readonly octets: Buffer;
  readonly parts: number;
}

/** Joins the parts of long messages. */
export class LongMessages {
  readonly #incomplete = new Map<string, (Buffer | undefined)[]>();

  /** The message that is whole with this part, or null. `between` tells apart who sends to whom, and in what coding. */
  add(between: string, octets: Buffer, hasHeader: boolean): WholeMessage | null {
    if (!hasHeader) return { octets, parts: 1 };
    const end = 1 + (octets[0] ?? 0);
    const text = octets.subarray(end);
    const concatenation = end > octets.length ? null : concatenationOf(octets.subarray(1, end));
    return concatenation === null ? { octets: text, parts: 1 } : this.#join(between, concatenation, text);
  }

  #join(between: string, { reference, total, number }: Concatenation, text: Buffer): WholeMessage | null {
    const key = `${between} ${reference} ${total}`;
    const parts = this.#incomplete.get(key) ?? this.#begin(key, total);
    parts[number - 1] = text;
    const come = parts.filter((part) => part !== undefined);
    if (come.length < total) return null;
    this.#incomplete.delete(key);
    return { octets: Buffer.concat(come), parts: total };
  }

  #begin(key: string, total: number): (Buffer | undefined)[] {
    const [oldest] = this.#incomplete.keys();
    if (this.#incomplete.size === INCOMPLETE_MAX) this.#incomplete.delete(oldest!);
    const parts = Array<Buffer | undefined>(total).fill(undefined);
    this.#incomplete.set(key, parts);
    return parts;
  }
}
