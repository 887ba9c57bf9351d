import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { errorText } from '../base/log.ts';
import { never } from '../base/must.ts';
import { FrameReader, type LooksLike } from '../wire/smpp/frames.ts';
import { PduWriter } from '../wire/smpp/pdu-writer.ts';
import { clientCertificate, type ShownCertificate } from './tls/client-certificate.ts';

const BROKEN_DEADLINE_MS = 1000;

export interface SmppConnectionOptions {
  readonly clock: Clock;
  /** A PDU that claims to be longer ends the connection. */
  readonly maxPduBytes: number;
  /** A peer that leaves more than this unread, beyond what the kernel holds, is cut off. */
  readonly maxUnsentBytes: number;
}

export type BrokenReason =
  /** command_length cannot be: smpp, or another protocol that spoke to this port. */
  | { readonly kind: 'bad_length'; readonly looksLike: LooksLike }
  | { readonly kind: 'unread'; readonly unsentBytes: number };

export interface SmppConnectionHandler {
  /**
   * One PDU with a known command_id. The bytes are valid during the call only: a `MessageView`, `decode` or the readers
   * of `header.ts` take out what is to be kept.
   */
  pdu(command: number, bytes: Buffer, at: number, length: number): void;
  /** A PDU with an unknown command_id was answered with generic_nack. */
  unknown?(command: number): void;
  /** The rule of the protocol was broken and the connection is being ended; `closed` follows. */
  broken(reason: BrokenReason): void;
  /** Called once, last. `cause` is the error behind it as it may be logged, or null after an orderly end. */
  closed(cause: string | null): void;
}

/**
 * SMPP over a connected socket, of either side. What is written to `out` during a tick leaves together at its end: a
 * socket write per PDU costs twenty times as much (5.3 against 0.25 µs).
 */
export class SmppConnection {
  readonly out = new PduWriter(() => queueMicrotask(() => this.#flush()));
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #options: SmppConnectionOptions;
  readonly #handler: SmppConnectionHandler;
  readonly #reader: FrameReader;
  /** The batch that is being written; it leaves with the next flush. */
  #batch = 1;
  #begunBatch = 0;
  #cause: string | null = null;
  #isPaused = false;
  #isReading = false;
  #isEnding = false;
  /** Since when a PDU has been begun and not ended; null between PDUs. */
  #midPduSinceMs: number | null = null;
  #callOffDeadline: (() => void) | null = null;
  readonly #onWritten = (error?: Error | null): void => {
    if (!error) this.#begunBatch = this.#batch - 1;
  };

  /** Takes over a connected socket: a net.Socket, or a TLSSocket after its handshake. */
  constructor(socket: Socket, options: SmppConnectionOptions, handler: SmppConnectionHandler) {
    this.#socket = socket;
    this.#options = options;
    this.#handler = handler;
    this.#reader = new FrameReader(options.maxPduBytes);
    this.remoteAddress = socket.remoteAddress ?? '';
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', (error) => {
      this.#cause = errorText(error);
    });
    socket.once('close', () => this.#onClose());
  }

  get isOpen(): boolean {
    return !this.#isEnding && !this.#socket.destroyed;
  }

  get isTls(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  /** The certificate the other side showed in the handshake; see `clientCertificate`. */
  peerCertificate(hasAuthority: boolean): ShownCertificate | null {
    return clientCertificate(this.#socket, this.#options.clock.now(), hasAuthority);
  }

  /** For how long a PDU has been begun and not ended, while it was read. */
  midPduMs(nowMs: number): number {
    return this.#midPduSinceMs === null || this.#isPaused ? 0 : nowMs - this.#midPduSinceMs;
  }

  /** The number of the batch in which a PDU that is written now leaves. */
  get batch(): number {
    return this.#batch;
  }

  /** The last batch of which something may have left: no octet of a later one was handed to the kernel. */
  get begunBatch(): number {
    return this.#begunBatch;
  }

  /** Bytes written that the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** From now on PDUs may be this long: who is not bound yet is not trusted with long ones. */
  takeUpTo(maxPduBytes: number): void {
    this.#reader.maxPduBytes = maxPduBytes;
  }

  /** Stops reading at once, between two PDUs; the peer is slowed down by TCP. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#readOn();
    if (!this.#isPaused) this.#socket.resume();
  }

  /** Sends what is written, then ends; after `deadlineMs` it is cut off. Nothing more is read or written. */
  end(deadlineMs: number): void {
    if (!this.isOpen) return;
    this.#isEnding = true;
    this.#send(this.out.take());
    this.#socket.end();
    this.#socket.resume();
    this.#callOffDeadline = this.#options.clock.after(deadlineMs, () => this.destroy());
  }

  /** Ends at once. */
  destroy(): void {
    this.#isEnding = true;
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#isEnding) return;
    this.#reader.feed(chunk);
    this.#readOn();
  }

  /** A handler may pause, end or resume from within `pdu`, so the state is asked again before each PDU. */
  #readOn(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      while (!this.#isPaused && !this.#isEnding && this.#readOne());
    } finally {
      this.#isReading = false;
    }
  }

  #readOne(): boolean {
    const reader = this.#reader;
    const answer = reader.next();
    if (answer !== 'wait') this.#midPduSinceMs = null;
    switch (answer) {
      case 'handle':
        this.#handler.pdu(reader.command, reader.bytes, reader.at, reader.length);
        return true;
      case 'nack':
        this.out.genericNack(reader.status, reader.sequence);
        this.#handler.unknown?.(reader.command);
        return true;
      case 'hang-up':
        this.#hangUp();
        return false;
      case 'wait':
        if (reader.isMidPdu) this.#midPduSinceMs ??= this.#options.clock.elapsed();
        return false;
      default:
        return never(answer);
    }
  }

  /** Only a peer that speaks SMPP is answered in it. */
  #hangUp(): void {
    const { looksLike, status, sequence } = this.#reader;
    this.#handler.broken({ kind: 'bad_length', looksLike });
    if (looksLike === 'smpp') this.out.genericNack(status, sequence);
    this.end(BROKEN_DEADLINE_MS);
  }

  #flush(): void {
    const parts = this.out.take();
    if (this.isOpen) this.#send(parts);
    this.#checkUnsent();
  }

  /**
   * The state must be settled before: a TLS socket may emit 'data' from within write(). What is written while an earlier
   * write is under way stays with the socket until that has ended, when all of it is begun at once.
   */
  #send(parts: readonly Buffer[]): void {
    if (parts.length === 0) return;
    const batch = this.#batch++;
    if (this.#socket.writableLength === 0) this.#begunBatch = batch;
    if (parts.length > 1) this.#socket.cork();
    for (const part of parts) this.#socket.write(part, this.#onWritten);
    if (parts.length > 1) this.#socket.uncork();
  }

  #checkUnsent(): void {
    const unsentBytes = this.#socket.writableLength;
    if (unsentBytes <= this.#options.maxUnsentBytes || this.#isEnding) return;
    this.#handler.broken({ kind: 'unread', unsentBytes });
    this.destroy();
  }

  #onClose(): void {
    this.#isEnding = true;
    this.#callOffDeadline?.();
    this.#handler.closed(this.#cause);
  }
}
