import type { Notice, Told } from '../../messages/index.ts';
import type { PduWriter } from '../../wire/smpp/pdu-writer.ts';
import { writeNotice } from './notice-pdu.ts';

/** Notices sent and not answered; what comes beyond waits in the store. */
const NOTICES_MAX = 1000;
/** Texts of notices sent and not answered: who reads is never cut off for what was told at once. */
const NOTICE_BYTES_MAX = 2 * 1024 * 1024;

interface Sent {
  readonly bytes: number;
  readonly answered: (told: Told) => void;
}

/** The deliver_sm that one session was sent and has not answered. */
export class NoticeWindow {
  readonly #sent = new Map<number, Sent>();
  #bytes = 0;

  get hasRoom(): boolean {
    return this.#sent.size < NOTICES_MAX && this.#bytes < NOTICE_BYTES_MAX;
  }

  /** Sends a notice; `answered` is called once, with what the application made of it. */
  tell(out: PduWriter, sequence: number, notice: Notice, answered: (told: Told) => void): void {
    const bytes = notice.content?.octets.length ?? 0;
    this.#sent.set(sequence, { bytes, answered });
    this.#bytes += bytes;
    writeNotice(out, sequence, notice);
  }

  /** What the application answered to the deliver_sm of this sequence_number; another one is not about a notice. */
  answered(sequence: number, told: Told): void {
    const sent = this.#sent.get(sequence);
    if (!sent) return;
    this.#sent.delete(sequence);
    this.#bytes -= sent.bytes;
    sent.answered(told);
  }

  /** The session has ended: nothing more is taken. */
  close(): void {
    const left = [...this.#sent.values()];
    this.#sent.clear();
    this.#bytes = 0;
    for (const { answered } of left) answered('lost');
  }
}
