import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText, encodeText } from './encode.ts';
import { countSegments } from './segments.ts';
import { encodeUcs2 } from './ucs2.ts';

test('a text goes as GSM 7-bit where it fits, else as UCS-2', () => {
  assert.deepEqual(encodeText('Hello'), { dataCoding: 0, octets: Buffer.from('Hello') });
  assert.deepEqual(encodeText('[€]'), { dataCoding: 0, octets: Buffer.from('1b3c1b651b3e', 'hex') });
  assert.deepEqual(encodeText('Hi ✓'), { dataCoding: 8, octets: Buffer.from('0048006900202713', 'hex') });
  assert.deepEqual(encodeText(''), { dataCoding: 0, octets: Buffer.alloc(0) });
});

test('what is not well-formed has no coding', () => {
  assert.equal(encodeText('\ud83d'), null);
});

test('GSM 7-bit is never dearer, not even for escaped characters alone', () => {
  for (let length = 1; length <= 2000; length++) {
    const text = '€'.repeat(length);
    const encoded = encodeText(text);
    const units = encodeUcs2(text);
    assert.ok(encoded && units);
    assert.ok(countSegments(encoded.octets, encoded.dataCoding) <= countSegments(units, 8), `${length} characters`);
  }
});

test('octets are read in each coding that carries text', () => {
  const octets = Buffer.from('0041e9', 'hex');
  assert.equal(decodeText(Buffer.from('0041', 'hex'), 0), '@A');
  assert.equal(decodeText(octets, 1), '\0A\ufffd');
  assert.equal(decodeText(octets, 3), '\0Aé');
  assert.equal(decodeText(Buffer.from('004120ac', 'hex'), 8), 'A€');
});

test('octets in any other coding are not read', () => {
  const read = Array.from({ length: 256 }, (_, coding) => coding).filter(
    (coding) => decodeText(Buffer.of(65, 65), coding) !== null,
  );
  assert.deepEqual(read, [0, 1, 3, 8]);
  assert.equal(decodeText(Buffer.of(65), -1), null);
});
