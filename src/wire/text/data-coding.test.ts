import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DataCoding, readDataCoding, type TextAlphabet } from './data-coding.ts';

const alphabets: readonly (readonly [TextAlphabet, readonly number[]])[] = [
  ['gsm7', [0x00, 0x10, 0x13, 0x40, 0x43, 0x53, 0xc0, 0xcb, 0xd0, 0xdb, 0xf0, 0xf3]],
  ['ascii', [0x01]],
  ['octets', [0x02, 0x04, 0x14, 0x17, 0x44, 0x57, 0xf4, 0xf7]],
  ['latin1', [0x03]],
  ['cyrillic', [0x06]],
  ['hebrew', [0x07]],
  ['ucs2', [0x08, 0x18, 0x1b, 0x48, 0x5b, 0xe0, 0xeb]],
  ['other', [0x05, 0x09, 0x0a, 0x0f, 0x1c, 0x20, 0x3f, 0x4c, 0x60, 0x7f, 0x80, 0xbf, 0xc4, 0xdc, 0xef, 0xf8, 0xff]],
];

for (const [alphabet, codings] of alphabets) {
  test(`data codings of the alphabet ${alphabet}`, () => {
    for (const coding of codings) assert.equal(readDataCoding(coding).alphabet, alphabet, `0x${coding.toString(16)}`);
  });
}

const where = (condition: (coding: DataCoding) => boolean): number[] =>
  Array.from({ length: 256 }, (_, value) => value).filter((value) => condition(readDataCoding(value)));
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

test('a class is there in its groups only, in the two low bits', () => {
  const withClass = [
    ...range(0x10, 0x1f),
    ...range(0x30, 0x3f),
    ...range(0x50, 0x5f),
    ...range(0x70, 0x7f),
    ...range(0xf0, 0xff),
  ];
  assert.deepEqual(
    where(({ messageClass }) => messageClass !== null),
    withClass,
  );
  for (const value of withClass) assert.equal(readDataCoding(value).messageClass, value & 3);
});

test('flash is class 0, whatever the alphabet', () => {
  assert.deepEqual(
    where(({ messageClass, alphabet }) => messageClass === 0 && alphabet !== 'other'),
    [0x10, 0x14, 0x18, 0x50, 0x54, 0x58, 0xf0, 0xf4],
  );
});

test('message waiting is read', () => {
  assert.deepEqual(
    where(({ waiting }) => waiting !== null),
    range(0xc0, 0xef),
  );
  assert.deepEqual(readDataCoding(0xc8).waiting, { of: 'voicemail', isActive: true, isStored: false });
  assert.deepEqual(readDataCoding(0xd1).waiting, { of: 'fax', isActive: false, isStored: true });
  assert.deepEqual(readDataCoding(0xea).waiting, { of: 'email', isActive: true, isStored: true });
});

test('automatic deletion is read', () => {
  assert.deepEqual(
    where(({ isDeletedWhenRead }) => isDeletedWhenRead),
    range(0x40, 0x7f),
  );
});

test('what is no octet is read as reserved', () => {
  for (const value of [-1, 256, 1.5, Number.NaN]) assert.deepEqual(readDataCoding(value), readDataCoding(0x80));
});
