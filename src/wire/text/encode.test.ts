import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDataCoding } from './data-coding.ts';
import { decodeText, encodeText } from './encode.ts';
import { noShifts } from './languages.ts';
import { countSegments } from './segments.ts';
import { encodeUcs2 } from './ucs2.ts';

const inDefault = (hex: string) => ({ dataCoding: 0, octets: Buffer.from(hex, 'hex'), shifts: noShifts });

test('a text goes as GSM 7-bit where it fits, else as UCS-2', () => {
  assert.deepEqual(encodeText('Hello'), inDefault('48656c6c6f'));
  assert.deepEqual(encodeText('[€]'), inDefault('1b3c1b651b3e'));
  assert.deepEqual(encodeText('Hi ✓'), { ...inDefault('0048006900202713'), dataCoding: 8 });
  assert.deepEqual(encodeText(''), inDefault(''));
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

test('octets are read in the coding that a class, an icon or automatic deletion goes with', () => {
  for (const coding of [0x10, 0x13, 0x50, 0xc8, 0xd9, 0xf0, 0xf3]) {
    assert.equal(decodeText(Buffer.of(0, 0x41), coding), '@A', `data coding ${coding}`);
  }
  for (const coding of [0x18, 0x1b, 0x58, 0xe0]) {
    assert.equal(decodeText(Buffer.from('004120ac', 'hex'), coding), 'A€', `data coding ${coding}`);
  }
});

test('Cyrillic and Hebrew are read', () => {
  assert.equal(decodeText(Buffer.from('bfe0d8d2d5e2', 'hex'), 6), 'Привет');
  assert.equal(decodeText(Buffer.from('f9ece5ed', 'hex'), 7), 'שלום');
});

test('octets in any other coding are not read', () => {
  const unread = Array.from({ length: 256 }, (_, coding) => coding).filter(
    (coding) => decodeText(Buffer.of(65, 65), coding) === null,
  );
  const expected = unread.filter((coding) => ['octets', 'other'].includes(readDataCoding(coding).alphabet));
  assert.deepEqual(unread, expected);
  for (const coding of [2, 4, 5, 9, 10, 13, 14, 0x14, 0x1c, 0x20, 0x3f, 0x80, 0xf4]) assert.ok(unread.includes(coding));
  for (const coding of [-1, 256, 0.5]) assert.equal(decodeText(Buffer.of(65), coding), null);
});
