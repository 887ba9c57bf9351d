import type { Notice, Told } from '../../messages/index.ts';
import type { PduWriter } from '../../wire/smpp/pdu-writer.ts';
import type { Version } from '../../wire/smpp/version.ts';
import { partsOf, whenAll } from './notice-parts.ts';
import { writeNotice } from './notice-pdu.ts';

/** Notices sent and not answered; what comes beyond waits in the store. */
const NOTICES_MAX = 1000;
/** Texts of notices sent and not answered: who reads is never cut off for what was told at once. */
const NOTICE_BYTES_MAX = 2 * 1024 * 1024;
/** How often in a row a session may let everything it was sent run out of time. */
const SILENCES_MAX = 3;

/** With what a notice is told, and when. */
export interface Telling {
  readonly out: PduWriter;
  readonly nextSequence: () => number;
  readonly version: Version;
  /** Monotonic milliseconds. */
  readonly nowMs: number;
}

interface Sent {
  readonly bytes: number;
  readonly atMs: number;
  readonly answered: (told: Told) => void;
}

/** What an answer to a deliver_sm was about: one that waited, one that was overdue, or none that is known. */
export type AnswerOf = 'waiting' | 'overdue' | 'unknown';

/**
 * The deliver_sm that one session was sent and has not answered. One that is not answered in time takes no room any more,
 * and its answer counts all the same when it comes. A session that let some go overdue is sent one at a time until it
 * answers.
 */
export class NoticeWindow {
  readonly #sent = new Map<number, Sent>();
  readonly #overdue = new Map<number, Sent>();
  #bytes = 0;
  /** Something went overdue, and nothing was answered since. */
  #isSilent = false;
  #silences = 0;

  get hasRoom(): boolean {
    return this.#isSilent ? this.#sent.size === 0 : this.#sent.size < NOTICES_MAX && this.#bytes < NOTICE_BYTES_MAX;
  }

  /** Whether it answers nothing, however often it is told. */
  get isHopeless(): boolean {
    return this.#silences >= SILENCES_MAX;
  }

  /** Sends a notice; `answered` is called once, with what the application made of it. */
  tell(notice: Notice, { out, nextSequence, version, nowMs }: Telling, answered: (told: Told) => void): void {
    const parts = partsOf(notice, version);
    const partAnswered = whenAll(parts.length, answered);
    for (const part of parts) {
      const bytes = part.content?.octets.length ?? 0;
      const sequence = nextSequence();
      this.#sent.set(sequence, { bytes, atMs: nowMs, answered: partAnswered });
      this.#bytes += bytes;
      writeNotice(out, sequence, part, version);
    }
  }

  /** What the application answered to the deliver_sm of this sequence_number. */
  answered(sequence: number, told: Told): AnswerOf {
    const sent = this.#sent.get(sequence) ?? this.#overdue.get(sequence);
    if (!sent) return 'unknown';
    const isOverdue = this.#overdue.delete(sequence);
    if (!isOverdue) this.#remove(sequence, sent);
    this.#isSilent = false;
    this.#silences = 0;
    sent.answered(told);
    return isOverdue ? 'overdue' : 'waiting';
  }

  /** Makes no room any more for what was sent `withinMs` ago or earlier. */
  expire(nowMs: number, withinMs: number): void {
    for (const [sequence, sent] of this.#sent) {
      if (nowMs - sent.atMs < withinMs) return;
      this.#isSilent = true;
      this.#remove(sequence, sent);
      if (this.#sent.size === 0) this.#silences++;
      this.#remember(sequence, sent);
    }
  }

  /** The session has ended: nothing more is taken. */
  close(): void {
    const left = [...this.#overdue.values(), ...this.#sent.values()];
    this.#sent.clear();
    this.#overdue.clear();
    this.#bytes = 0;
    for (const { answered } of left) answered('lost');
  }

  #remove(sequence: number, sent: Sent): void {
    this.#sent.delete(sequence);
    this.#bytes -= sent.bytes;
  }

  #remember(sequence: number, sent: Sent): void {
    this.#overdue.set(sequence, sent);
    if (this.#overdue.size <= NOTICES_MAX) return;
    const [oldest, { answered }] = this.#overdue.entries().next().value!;
    this.#overdue.delete(oldest);
    answered('lost');
  }
}
