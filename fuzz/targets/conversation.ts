import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { decode, isDecodeFault } from '../../src/wire/smpp/decode.ts';
import { FrameReader } from '../../src/wire/smpp/frames.ts';
import { examplePdus } from '../../test/support/examples.ts';
import { bytesOf } from '../../test/support/pdu-bytes.ts';

const PDU_BYTES_MAX = 70_000;
const CHUNK_BYTES_MAX = 0xffff;
const LENGTH_BYTES = 2;

/** What happens in a conversation, by the first octet of each op. The other side's octets come first, for they are most of it. */
export const ops = ['octets', 'time', 'answer', 'tell', 'close', 'error', 'dismiss', 'settle'] as const;
export type OpName = (typeof ops)[number];

export interface Op {
  readonly name: OpName;
  /** Of `octets`, what the other side says; of the others, one octet or none. */
  readonly bytes: Buffer;
}

const OCTETS_SHARE = 0x80;

/** Reads the ops of an input; what is cut short is as long as it is. */
export function* opsOf(input: Buffer): Generator<Op> {
  for (let at = 0; at < input.length; ) {
    const first = input[at++]!;
    const name = first >= OCTETS_SHARE ? 'octets' : ops[first % ops.length]!;
    const length = name === 'octets' ? ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0) : 1;
    if (name === 'octets') at += LENGTH_BYTES;
    yield { name, bytes: input.subarray(at, at + length) };
    at += length;
  }
}

export const op = (name: OpName, bytes: Buffer | number = 0): Buffer => {
  if (typeof bytes === 'number') return Buffer.from([ops.indexOf(name), bytes]);
  const head = Buffer.from([ops.indexOf(name), 0, 0]);
  head.writeUInt16BE(Math.min(bytes.length, CHUNK_BYTES_MAX), 1);
  return Buffer.concat([head, bytes]);
};

/** Each example said in each state, then a while, answers and news, and the end. */
export const conversationSeeds = (states: number): Buffer[] =>
  Array.from({ length: states }, (_, state) => state).flatMap((state) =>
    examplePdus.map((example) =>
      Buffer.concat([
        Buffer.from([state]),
        op('tell', 1),
        op('octets', bytesOf(example)),
        op('answer', 0),
        op('time', 3),
        op('settle'),
        op('close'),
      ]),
    ),
  );

/** The socket of a conversation: what is written to it must be sound PDUs, to the last. It makes no system calls. */
export class FakeSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  readonly writableLength = 0;
  destroyed = false;
  writable = true;
  /** command_ids written, in order. */
  readonly written: { readonly command: number; readonly sequence: number; readonly status: number }[] = [];
  readonly #reader = new FrameReader(PDU_BYTES_MAX);
  #waiting: Buffer[] = [];
  #isPaused = false;

  asSocket(): Socket {
    return this as unknown as Socket;
  }

  setNoDelay(): void {}
  cork(): void {}
  uncork(): void {}

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) this.says(chunk);
  }

  write(chunk: Buffer): boolean {
    assert.ok(this.writable, 'nothing is written behind the end');
    this.#reader.feed(Buffer.from(chunk));
    for (let answer = this.#reader.next(); answer !== 'wait'; answer = this.#reader.next()) {
      assert.equal(answer, 'handle', 'what is written is SMPP');
      const { bytes, at, length } = this.#reader;
      const pdu = decode(bytes, at, length);
      assert.ok(!isDecodeFault(pdu), `what is written can be read: ${JSON.stringify(pdu)}`);
      this.written.push({ command: this.#reader.command, sequence: pdu.sequence, status: pdu.status });
    }
    return true;
  }

  /** The other side says something; a copy, as sockets give it. */
  says(bytes: Buffer): void {
    if (this.destroyed || bytes.length === 0) return;
    if (this.#isPaused) this.#waiting.push(bytes);
    else this.emit('data', Buffer.from(bytes));
  }

  end(): void {
    this.writable = false;
  }

  /** The other side ends, or the connection breaks. */
  breaks(error: Error | null): void {
    if (this.destroyed) return;
    if (error) this.emit('error', error);
    this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.writable = false;
    queueMicrotask(() => this.emit('close'));
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settled(): Promise<void> {
  for (let turns = 8; turns > 0; turns--) await Promise.resolve();
}
