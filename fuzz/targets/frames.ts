import assert from 'node:assert/strict';
import { FrameReader } from '../../src/wire/smpp/frames.ts';
import { examplePdus } from '../../test/support/examples.ts';
import { bytesOf } from '../../test/support/pdu-bytes.ts';
import type { Target } from '../target.ts';
import { pduWords } from './words.ts';

const MAX_PDU_BYTES = 2048;
const HEADER_BYTES = 16;

interface Read {
  readonly frames: readonly string[];
  readonly isBroken: boolean;
}

/** What a reader makes of a stream that comes in chunks of these sizes, one after the other. */
function readAll(stream: Buffer, sizes: Buffer): Read {
  const reader = new FrameReader(MAX_PDU_BYTES);
  const frames: string[] = [];
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes.length === 0 ? stream.length : 1 + sizes[turn % sizes.length]!;
    // A copy: a socket's buffer is not ours to read later.
    reader.feed(Buffer.from(stream.subarray(at, at + size)));
    at += size;
    for (let answer = reader.next(); answer !== 'wait'; answer = reader.next()) {
      if (answer === 'hang-up') return { frames: [...frames, `${reader.looksLike} ${reader.status}`], isBroken: true };
      assert.ok(reader.length >= HEADER_BYTES && reader.length <= MAX_PDU_BYTES, 'a frame has a possible length');
      assert.ok(reader.at + reader.length <= reader.bytes.length, 'a frame lies within its bytes');
      frames.push(`${answer} ${reader.bytes.latin1Slice(reader.at, reader.at + reader.length)}`);
    }
  }
  return { frames, isBroken: false };
}

/** The first octet says how many chunk sizes follow; the rest is the stream. */
export const frames: Target = {
  name: 'frames',
  modules: /src\/wire\/smpp\/frames\.ts$/,
  maxBytes: 4096,
  dictionary: pduWords,
  seeds: () => {
    const pdus = examplePdus.map(bytesOf);
    return [...pdus, Buffer.concat(pdus.slice(0, 4))].map((bytes) => Buffer.concat([Buffer.from([2, 6, 30]), bytes]));
  },
  run(input) {
    const count = Math.min((input[0] ?? 0) % 8, Math.max(0, input.length - 1));
    const stream = input.subarray(1 + count);
    const inChunks = readAll(stream, input.subarray(1, 1 + count));
    assert.deepEqual(inChunks, readAll(stream, Buffer.alloc(0)), 'chunks make no difference');
  },
};
