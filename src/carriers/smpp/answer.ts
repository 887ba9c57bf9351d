import { commandStatus, HEADER_BYTES, readU16, responseMessageId, sequenceNumber } from '../../wire/smpp/header.ts';

const CONGESTION_STATE = 0x0428;
const TLV_HEADER_BYTES = 4;

/** An answer to a message, in place: one object, reused for answer after answer. */
export class SubmitAnswer {
  sequence = 0;
  status = 0;
  /** message_id; '' where there is none, null where it does not end. */
  reference: string | null = null;
  /** congestion_state (SMPP 5.0 §4.8.4.18), 0 to 100; null where it is not said. */
  congestion: number | null = null;

  read(bytes: Buffer, at: number, length: number): void {
    this.sequence = sequenceNumber(bytes, at);
    this.status = commandStatus(bytes, at);
    this.reference = responseMessageId(bytes, at, length);
    const idBytes = this.reference === null || length === HEADER_BYTES ? 0 : this.reference.length + 1;
    const tlvsAt = at + HEADER_BYTES + idBytes;
    this.congestion = tlvsAt < at + length ? congestionIn(bytes, tlvsAt, at + length) : null;
  }
}

/** Parameters that are not sound say nothing. */
function congestionIn(bytes: Buffer, from: number, end: number): number | null {
  for (let at = from; at + TLV_HEADER_BYTES < end; ) {
    const valueBytes = readU16(bytes, at + 2);
    if (readU16(bytes, at) === CONGESTION_STATE && valueBytes === 1) return bytes[at + TLV_HEADER_BYTES]!;
    at += TLV_HEADER_BYTES + valueBytes;
  }
  return null;
}
