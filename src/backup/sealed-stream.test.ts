import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { systemEntropy } from '../base/entropy.ts';
import { openStream, sealStream } from './sealed-stream.ts';

const CHUNK = 256 * 1024;
const HEADER = 24;
const SEALED_CHUNK = 4 + CHUNK + 17;
const key = systemEntropy.fill(Buffer.alloc(32));

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const sealed = (plain: Buffer) => buffer(sealStream(pieces(plain, 10_007), key));
const opened = (bytes: Buffer, with_ = key) => buffer(openStream(pieces(bytes, 65_536), with_, 'it'));

describe('a sealed stream', () => {
  for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7]) {
    it(`brings ${size} octets back`, async () => {
      const plain = systemEntropy.fill(Buffer.alloc(size));
      assert.deepEqual(await opened(await sealed(plain)), plain);
    });
  }

  it('has its chunks in their order, each once, to the last', async () => {
    const bytes = await sealed(systemEntropy.fill(Buffer.alloc(3 * CHUNK)));
    const head = bytes.subarray(0, HEADER);
    const [a, b, c, last] = [0, 1, 2, 3].map((n) =>
      bytes.subarray(HEADER + n * SEALED_CHUNK, HEADER + (n + 1) * SEALED_CHUNK),
    ) as [Buffer, Buffer, Buffer, Buffer];
    const altered = { fault: { code: 'backup_altered', detail: 'it was altered.' } };
    const truncated = { fault: { code: 'backup_truncated', detail: 'it ends before its end.' } };
    for (const chunks of [
      [b, a, c, last],
      [a, c, last],
      [a, b, b, c, last],
      [a, b, last],
      [last],
      [a, b, c, last, last],
    ])
      await assert.rejects(opened(Buffer.concat([head, ...chunks])), altered);
    for (const chunks of [[], [a], [a, b, c], [a, b.subarray(0, 9)]])
      await assert.rejects(opened(Buffer.concat([head, ...chunks])), truncated);
  });

  it('opens with no other key', async () => {
    await assert.rejects(opened(await sealed(Buffer.from('text')), Buffer.alloc(32)), {
      fault: { code: 'backup_altered', detail: 'it was altered.' },
    });
  });
});
