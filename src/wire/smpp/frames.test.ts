import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examplePdus } from '../../../test/support/examples.ts';
import { bytesOf, written } from '../../../test/support/pdu-bytes.ts';
import { FrameReader, type LooksLike } from './frames.ts';
import { HEADER_BYTES } from './header.ts';
import { statuses } from './statuses.ts';

const MAX = 70_000;

/** All PDUs that come out, as copies, and the last answer that was not one. */
function drain(reader: FrameReader, pdus: Buffer[]): string {
  for (;;) {
    const answer = reader.next();
    if (answer !== 'handle') return answer;
    pdus.push(Buffer.from(reader.bytes.subarray(reader.at, reader.at + reader.length)));
  }
}

const pdus = examplePdus.map(bytesOf);
const stream = Buffer.concat(pdus);

for (const chunkBytes of [1, 2, 3, 7, 15, 16, 17, 100, 1000, stream.length]) {
  test(`PDUs come out whole from chunks of ${chunkBytes}`, () => {
    const reader = new FrameReader(MAX);
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += chunkBytes) {
      reader.feed(stream.subarray(at, at + chunkBytes));
      assert.equal(drain(reader, found), 'wait');
    }
    assert.deepEqual(found, pdus);
    assert.equal(reader.isMidPdu, false);
  });
}

test('a rest does not hold the chunk it came in', () => {
  const reader = new FrameReader(MAX);
  const chunk = Buffer.concat([pdus[0]!, pdus[1]!.subarray(0, 20)]);
  reader.feed(chunk);
  drain(reader, []);
  chunk.fill(0xff);
  const found: Buffer[] = [];
  reader.feed(pdus[1]!.subarray(20));
  drain(reader, found);
  assert.deepEqual(found, [pdus[1]]);
  assert.equal(reader.bytes.length, 0);
});

test('an unknown command_id is answered with its sequence_number, and the stream goes on', () => {
  const reader = new FrameReader(MAX);
  const unknown = written((out) => out.write('enquire_link', 0, 77));
  unknown.writeUInt32BE(0x0001_0200, 4);
  reader.feed(Buffer.concat([unknown, pdus[0]!]));
  assert.equal(reader.next(), 'nack');
  assert.deepEqual([reader.status, reader.sequence], [statuses.ESME_RINVCMDID.value, 77]);
  assert.equal(reader.next(), 'handle');
});

const header = (length: number, sequence: number) => {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(sequence, 12);
  return bytes;
};

for (const length of [0, 15, MAX + 1, 0xffff_ffff]) {
  test(`command_length ${length} ends the stream`, () => {
    const reader = new FrameReader(MAX);
    reader.feed(header(length, 5));
    assert.equal(reader.next(), 'hang-up');
    assert.deepEqual([reader.status, reader.sequence, reader.looksLike], [statuses.ESME_RINVCMDLEN.value, 5, 'smpp']);
    for (const late of [stream, stream]) {
      reader.feed(late);
      assert.equal(reader.next(), 'wait');
    }
  });
}

test('a bad command_length is known after its four octets', () => {
  const reader = new FrameReader(MAX);
  for (const octet of [0xff, 0xff, 0xff]) {
    reader.feed(Buffer.from([octet]));
    assert.equal(reader.next(), 'wait');
  }
  reader.feed(Buffer.from([0xff]));
  assert.equal(reader.next(), 'hang-up');
  assert.equal(reader.sequence, 0);
});

test('a PDU may be exactly as long as it may be, in one chunk or in two', () => {
  const length = 64;
  const longest = Buffer.alloc(length);
  longest.writeUInt32BE(length, 0);
  longest.writeUInt32BE(0x15, 4);
  for (const split of [0, 20]) {
    const reader = new FrameReader(length);
    const found: Buffer[] = [];
    for (const chunk of [longest.subarray(0, split), longest.subarray(split)]) {
      reader.feed(chunk);
      assert.equal(drain(reader, found), 'wait');
    }
    assert.deepEqual(found, [longest]);
  }
});

const strangers: readonly [LooksLike, Buffer][] = [
  ['http', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['http', Buffer.from('POST /v1/messages HTTP/1.1\r\n')],
  ['http', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['tls', Buffer.from('16030102000100', 'hex')],
  ['ssh', Buffer.from('SSH-2.0-OpenSSH_9.9\r\n')],
  ['smpp', Buffer.from('16020102000100', 'hex')],
  ['smpp', Buffer.from('ff030102000100', 'hex')],
  ['amqp', Buffer.from('AMQP\x00\x00\x09\x01', 'latin1')],
];

for (const [looksLike, bytes] of strangers) {
  test(`${bytes.toString('latin1', 0, 4).trim()}… is named ${looksLike}`, () => {
    const reader = new FrameReader(MAX);
    reader.feed(bytes);
    assert.equal(reader.next(), 'hang-up');
    assert.equal(reader.looksLike, looksLike);
  });
}
