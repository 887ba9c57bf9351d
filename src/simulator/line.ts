import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../base/clock.ts';
import { type CommandName, commandName } from '../wire/smpp/commands.ts';
import { FrameReader } from '../wire/smpp/frames.ts';
import { commandStatus, sequenceNumber } from '../wire/smpp/header.ts';

const PDU_BYTES_MAX = 1 << 20;
const SLOW_BYTES_MAX = 1 << 20;

/** A PDU of the other side, read as far as its header; `bytes` is a copy. */
export interface Heard {
  readonly command: number;
  /** Null where the codec does not know its command_id. */
  readonly name: CommandName | null;
  readonly status: number;
  readonly sequence: number;
  readonly bytes: Buffer;
}

export interface LineHandler {
  heard(pdu: Heard): void;
  /** The other side sends what is no SMPP; nothing more is read. */
  garbled(): void;
  /** Called once, last. */
  ended(): void;
}

/**
 * A connection that says what it is told to, octet by octet where that is wanted, and reads PDUs. It is no
 * `SmppConnection`, for that one keeps the rules of the protocol by itself, and this one is here to break them.
 */
export class Line {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #callOffs = new Set<() => void>();
  #slow: Buffer = Buffer.alloc(0);
  #isEnded = false;

  constructor(socket: Socket, clock: Clock, handler: LineHandler) {
    this.#socket = socket;
    this.#clock = clock;
    const reader = new FrameReader(PDU_BYTES_MAX);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => readAll(reader, chunk, handler));
    // Who is cut off with something unread is told by a reset; that it ended is all there is to know.
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#isEnded = true;
      for (const callOff of this.#callOffs) callOff();
      this.#callOffs.clear();
      handler.ended();
    });
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Octets sent that the kernel has not taken. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  send(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** One octet every `paceMs`, after what is left of earlier ones. Too much of it ends the connection. */
  trickle(bytes: Buffer, paceMs: number): void {
    const isTrickling = this.#slow.length > 0;
    this.#slow = Buffer.concat([this.#slow, bytes]);
    if (this.#slow.length > SLOW_BYTES_MAX) return this.cut();
    if (!isTrickling) this.#trickleOn(paceMs);
  }

  /** Calls `action` after a while, unless the connection has ended by then. */
  after(delayMs: number, action: () => void): void {
    if (this.#isEnded) return;
    const callOff = this.#clock.after(delayMs, () => {
      this.#callOffs.delete(callOff);
      action();
    });
    this.#callOffs.add(callOff);
  }

  /** Reads nothing from now on. */
  deafen(): void {
    this.#socket.pause();
  }

  /** Reads again, so that the end can be heard. */
  listen(): void {
    this.#socket.resume();
  }

  /** Says that nothing more comes, and goes. */
  end(): void {
    this.#socket.end();
  }

  /** Breaks off, with a reset where there is no TLS. */
  cut(): void {
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #trickleOn(paceMs: number): void {
    this.send(this.#slow.subarray(0, 1));
    this.after(paceMs, () => {
      this.#slow = this.#slow.subarray(1);
      if (this.#slow.length > 0) this.#trickleOn(paceMs);
    });
  }
}

function readAll(reader: FrameReader, chunk: Buffer, handler: LineHandler): void {
  reader.feed(chunk);
  for (let answer = reader.next(); answer !== 'wait'; answer = reader.next()) {
    if (answer === 'hang-up') return handler.garbled();
    const { bytes, at, length, command } = reader;
    handler.heard({
      command,
      name: commandName(command),
      status: commandStatus(bytes, at),
      sequence: sequenceNumber(bytes, at),
      bytes: Buffer.from(bytes.subarray(at, at + length)),
    });
  }
}
