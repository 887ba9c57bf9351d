import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { systemEntropy } from '../base/entropy.ts';
import { hashOfSecret, isHashOf, makeApiKey, NO_HASH, parseApiKey } from './api-key.ts';
import { digitsOf, randomDigits } from './base62.ts';

const BODY = 'sallyport_000000000000_00000000000000000000000000000000';

test('a key that was made is read back', () => {
  const { key, text } = makeApiKey(systemEntropy);
  assert.match(text.reveal(), /^sallyport_[0-9A-Za-z]{12}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/);
  assert.deepEqual(parseApiKey(text.reveal()), key);
  assert.equal(text.toString(), '[secret]');
});

test('the checksum of a key is the CRC-32 of what stands before it, in base62', () => {
  assert.ok(parseApiKey(`${BODY}_${digitsOf(crc32(BODY), 6)}`));
});

test('a key with any one character changed is not a key', () => {
  const text = makeApiKey(systemEntropy).text.reveal();
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === 'x' ? 'y' : 'x';
    assert.equal(parseApiKey(text.slice(0, at) + other + text.slice(at + 1)), null, `at ${at}`);
  }
});

test('what is shorter, longer or something else is not a key', () => {
  const text = makeApiKey(systemEntropy).text.reveal();
  for (const wrong of ['', text.slice(1), text.slice(0, -1), `${text}x`, ` ${text}`, `${text}\n`]) {
    assert.equal(parseApiKey(wrong), null, JSON.stringify(wrong));
  }
});

test('the stored hash belongs to this use of the secret only', () => {
  assert.equal(
    hashOfSecret('0'.repeat(32)).toString('hex'),
    '9533125ef9fdff1ff49c1c7a60c32da2d5d0cfab0a02008287bb11161e9584ac',
  );
});

test('a stored hash is the one of its secret, and of no other', () => {
  const { key } = makeApiKey(systemEntropy);
  assert.ok(isHashOf(key.secret, hashOfSecret(key.secret)));
  assert.ok(!isHashOf(key.secret, hashOfSecret(makeApiKey(systemEntropy).key.secret)));
  assert.ok(!isHashOf(key.secret, NO_HASH));
});

test('a byte that would favour some digits is drawn again', () => {
  const draws = [Buffer.from([255, 248, 61]), Buffer.from([0, 62, 247])];
  const entropy = {
    ...systemEntropy,
    fill<T extends Uint8Array>(target: T): T {
      target.set(draws.shift()!);
      return target;
    },
  };
  assert.equal(randomDigits(3, entropy), 'z00');
});
