import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import sodium from 'sodium-native';
import { systemEntropy } from '../base/entropy.ts';
import { Envelopes } from './envelope.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

interface Vector {
  readonly key: Buffer;
  readonly nonce: Buffer;
  readonly associated: Buffer;
  readonly plain: Buffer;
  readonly sealed: Buffer;
}

/** draft-irtf-cfrg-xchacha-03 A.3.1 */
const DRAFT: Vector = {
  key: hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
  nonce: hex('404142434445464748494a4b4c4d4e4f5051525354555657'),
  associated: hex('50515253c0c1c2c3c4c5c6c7'),
  plain: Buffer.from(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  ),
  sealed: hex(
    'bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39' +
      'ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9' +
      '21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49',
  ),
};

// An implementation of our own beside libsodium's: HChaCha20 as the draft has it in §2.2, then RFC 8439 by node:crypto.
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

function quarterRound(x: Uint32Array, [a, b, c, d]: readonly [number, number, number, number]): void {
  const turn = (sum: number, added: number, turned: number, bits: number): void => {
    x[sum]! += x[added]!;
    const mixed = x[turned]! ^ x[sum]!;
    x[turned] = (mixed << bits) | (mixed >>> (32 - bits));
  };
  turn(a, b, d, 16);
  turn(c, d, b, 12);
  turn(a, b, d, 8);
  turn(c, d, b, 7);
}

const words = (bytes: Buffer, count: number): number[] =>
  Array.from({ length: count }, (_, i) => bytes.readUInt32LE(i * 4));

function hchacha20(key: Buffer, nonce: Buffer): Buffer {
  const x = Uint32Array.from([...CONSTANTS, ...words(key, 8), ...words(nonce, 4)]);
  for (let i = 0; i < 10; i++) for (const quarter of QUARTERS) quarterRound(x, quarter);
  const out = Buffer.alloc(32);
  for (const [i, word] of [...x.subarray(0, 4), ...x.subarray(12)].entries()) out.writeUInt32LE(word, i * 4);
  return out;
}

function sealIndependently({ key, nonce, associated, plain }: Omit<Vector, 'sealed'>): Buffer {
  const iv = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)]);
  const cipher = createCipheriv('chacha20-poly1305', hchacha20(key, nonce), iv, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function sealBySodium({ key, nonce, associated, plain }: Omit<Vector, 'sealed'>): Buffer {
  const sealed = Buffer.alloc(plain.length + 16);
  sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, plain, associated, null, nonce, key);
  return sealed;
}

function openBySodium({ key, nonce, associated, sealed }: Omit<Vector, 'plain'>): Buffer {
  const plain = Buffer.alloc(sealed.length - 16);
  sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(plain, null, sealed, associated, nonce, key);
  return plain;
}

test('HChaCha20 gives the value of draft-irtf-cfrg-xchacha-03 §2.2.1', () => {
  const key = hex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  const subkey = hchacha20(key, hex('000000090000004a0000000031415927'));
  assert.equal(subkey.toString('hex'), '82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc');
});

test('libsodium and an independent implementation give the ciphertext of draft-irtf-cfrg-xchacha-03 A.3.1', () => {
  assert.deepEqual(sealBySodium(DRAFT), DRAFT.sealed);
  assert.deepEqual(sealIndependently(DRAFT), DRAFT.sealed);
  assert.deepEqual(openBySodium(DRAFT), DRAFT.plain);
});

test('an envelope is what its description says, for an independent implementation', () => {
  const key = { version: 258, bytes: DRAFT.key };
  const binding = { purpose: 'carrier secret', accountId: 0x01020304, record: 2 ** 33 + 5, revision: 7 } as const;
  const envelope = new Envelopes(systemEntropy).seal(DRAFT.plain, binding, key);
  const associated = hex('01 0102 08 01020304 0007 0000000000000000 0000000200000005'.replaceAll(' ', ''));
  const nonce = envelope.subarray(3, 27);
  assert.deepEqual(envelope.subarray(0, 3), hex('010102'));
  assert.deepEqual(envelope.subarray(27), sealIndependently({ key: DRAFT.key, nonce, associated, plain: DRAFT.plain }));
});

interface WycheproofCase {
  readonly tcId: number;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: 'valid' | 'invalid';
}

test('the XChaCha20-Poly1305 vectors of Wycheproof pass', (t) => {
  const data = process.env.SALLYPORT_TEST_DATA ?? join(import.meta.dirname, '../../../shared/data');
  const file = join(data, 'wycheproof/xchacha20_poly1305_test.json');
  if (!existsSync(file)) {
    t.diagnostic('Wycheproof is not here (set SALLYPORT_TEST_DATA): only the vectors of the draft were checked');
    return;
  }
  const { testGroups, numberOfTests } = JSON.parse(readFileSync(file, 'utf8')) as {
    testGroups: { tests: WycheproofCase[] }[];
    numberOfTests: number;
  };
  const cases = testGroups.flatMap((group) => group.tests);
  for (const { tcId, key, iv, aad, msg, ct, tag, result } of cases) {
    const vector = { key: hex(key), nonce: hex(iv), associated: hex(aad), plain: hex(msg), sealed: hex(ct + tag) };
    if (result === 'valid') {
      assert.deepEqual(sealBySodium(vector), vector.sealed, `case ${tcId}`);
      assert.deepEqual(openBySodium(vector), vector.plain, `case ${tcId}`);
    } else {
      assert.throws(() => openBySodium(vector), `case ${tcId}`);
    }
  }
  assert.equal(cases.length, numberOfTests);
  t.diagnostic(`${cases.length} vectors`);
});
