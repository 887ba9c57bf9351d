import { BoundedQueue } from '../../base/bounded-queue.ts';
import type { Clock } from '../../base/clock.ts';
import { type Fault, fault } from '../../base/fault.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import { senderKind } from '../../wire/number/sender.ts';
import { decodeText, encodeText } from '../../wire/text/encode.ts';
import { countSegments, cutSegments, MAX_SEGMENTS } from '../../wire/text/segments.ts';
import type { Answer, InboundPart, OutboundPart } from '../carrier.ts';
import { LongMessages } from './long-messages.ts';

const KEPT_MESSAGES = 100;
const plain = { protocolId: 0, tlvs: null, place: null } as const;

/** What reached the handset, whole. */
export interface HandsetMessage {
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly atMs: number;
  /** In how many SMS it came. */
  readonly parts: number;
}

/** What the handset is told to send: from a number, to a sender of ours. */
export interface HandsetWrite {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** What the handset sends through: a link of the sandbox that is up. */
export interface HandsetLine {
  inbound(part: InboundPart, answer: Answer): void;
}

/** The one telephone that all sandbox carriers reach, whatever the number. What it shows lives in memory only. */
export class Handset {
  readonly #clock: Clock;
  readonly #messages = new BoundedQueue<HandsetMessage>(KEPT_MESSAGES);
  readonly #longMessages = new LongMessages();
  readonly #watchers = new Set<(message: HandsetMessage) => void>();
  readonly #lines = new Set<HandsetLine>();
  #reference = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The last messages, oldest first. */
  get messages(): readonly HandsetMessage[] {
    return [...this.#messages];
  }

  /** Calls `show` with what arrives, until the function it returns is called. */
  watch(show: (message: HandsetMessage) => void): () => void {
    this.#watchers.add(show);
    return () => this.#watchers.delete(show);
  }

  /**
   * Sends a message to a sender of ours, and waits until it is kept: in one SMS where it fits, else in parts. `no_route`
   * where no sandbox carrier is up or nobody here takes messages to that sender.
   */
  async write({ from, to, text }: HandsetWrite): Promise<Fault | null> {
    const handset = parseNumber(from);
    if (handset === null) return fault('invalid_number', { field: '/from' });
    const kind = senderKind(to);
    if (kind === null) return fault('invalid_sender', { field: '/to' });
    const sender = kind === 'long_code' ? parseNumber(to)! : to;
    const encoded = encodeText(text);
    if (encoded === null) return fault('text_not_encodable', { field: '/text' });
    if (countSegments(encoded.octets, encoded.dataCoding) > MAX_SEGMENTS) {
      return fault('text_too_long', { field: '/text' });
    }
    const pieces = cutSegments(encoded.octets, encoded.dataCoding, this.#reference++);
    const about = { handset, to: sender, dataCoding: encoded.dataCoding, hasHeader: pieces.length > 1, ...plain };
    return this.#send(pieces.map((octets) => ({ ...about, octets })));
  }

  /** A link of the sandbox is up. */
  connect(line: HandsetLine): void {
    this.#lines.add(line);
  }

  disconnect(line: HandsetLine): void {
    this.#lines.delete(line);
  }

  /** A part is delivered to the handset. */
  arrives(part: OutboundPart): void {
    const { from, to, dataCoding } = part;
    const whole = this.#longMessages.add(`${from} ${to} ${dataCoding}`, part);
    if (whole === null) return;
    const { shifts } = whole;
    const text =
      decodeText(whole.octets, dataCoding, { shifts }) ??
      `[${whole.octets.length} octets in data coding ${dataCoding}]`;
    const message = { from, to: `+${to}`, text, atMs: this.#clock.now(), parts: whole.parts };
    if (this.#messages.room === 0) this.#messages.shift();
    this.#messages.push(message);
    for (const show of this.#watchers) show(message);
  }

  async #send(parts: readonly InboundPart[]): Promise<Fault | null> {
    const [line] = this.#lines;
    if (line === undefined) return fault('no_route', { detail: 'No sandbox carrier is up.' });
    for (const part of parts) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      line.inbound(part, resolve);
      const isKept = await promise;
      if (!isKept)
        return fault('no_route', { detail: 'The message was not taken. Is there a credential with that sender?' });
    }
    return null;
  }
}
