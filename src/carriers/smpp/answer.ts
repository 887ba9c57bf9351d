import { commandStatus, HEADER_BYTES, responseMessageId, sequenceNumber } from '../../wire/smpp/header.ts';
import { congestionState } from '../../wire/smpp/tlv-stream.ts';

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
    this.congestion = congestionState(bytes, tlvsAt, at + length);
  }
}
