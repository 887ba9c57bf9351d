import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeGsm7, encodeGsm7, isGsm7 } from './gsm7.ts';

/** 3GPP TS 23.038 §6.2.1, by code point, sixteen to a row; the escape at 0x1B is written as the space it shows alone. */
const defaultAlphabet = [
  0x40, 0xa3, 0x24, 0xa5, 0xe8, 0xe9, 0xf9, 0xec, 0xf2, 0xc7, 0x0a, 0xd8, 0xf8, 0x0d, 0xc5, 0xe5, 0x394, 0x5f, 0x3a6,
  0x393, 0x39b, 0x3a9, 0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, 0x20, 0xc6, 0xe6, 0xdf, 0xc9, 0x20, 0x21, 0x22, 0x23, 0xa4,
  0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37,
  0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0xa1, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a,
  0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xc4, 0xd6, 0xd1,
  0xdc, 0xa7, 0xbf, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70,
  0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xe4, 0xf6, 0xf1, 0xfc, 0xe0,
];

/** §6.2.1.1: octet after the escape, code point. */
const extension = new Map([
  [0x0a, 0x0c],
  [0x14, 0x5e],
  [0x28, 0x7b],
  [0x29, 0x7d],
  [0x2f, 0x5c],
  [0x3c, 0x5b],
  [0x3d, 0x7e],
  [0x3e, 0x5d],
  [0x40, 0x7c],
  [0x65, 0x20ac],
]);

const ESCAPE = 0x1b;

const fitting = new Map<number, readonly number[]>([
  ...defaultAlphabet.map((point, octet) => [point, [octet]] as const).filter(([, [octet]]) => octet !== ESCAPE),
  ...[...extension].map(([octet, point]) => [point, [ESCAPE, octet]] as const),
]);

test('every octet of the default alphabet shows its character', () => {
  assert.equal(defaultAlphabet.length, 128);
  for (const [octet, point] of defaultAlphabet.entries()) {
    assert.equal(decodeGsm7(Uint8Array.of(octet)), String.fromCharCode(point), `octet ${octet}`);
  }
});

test('every octet behind an escape shows the extension, else the main table', () => {
  for (const [octet, main] of defaultAlphabet.entries()) {
    const point = extension.get(octet) ?? main;
    assert.equal(decodeGsm7(Uint8Array.of(ESCAPE, octet, 0x41)), `${String.fromCharCode(point)}A`, `octet ${octet}`);
  }
});

test('every UTF-16 code unit is encoded as the tables say, or not at all', () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const octets = encodeGsm7(String.fromCharCode(unit));
    assert.deepEqual(octets && [...octets], fitting.get(unit) ?? null, `U+${unit.toString(16)}`);
  }
});

test('plain, accented and escaped characters stand together', () => {
  const text = 'Price [net]: 5 € for Ångström, not ¥';
  const octets = encodeGsm7(text);
  assert.ok(octets);
  assert.equal(octets.length, text.length + 3);
  assert.equal(decodeGsm7(octets), text);
  assert.equal(encodeGsm7(`${text} ✓`), null);
  assert.equal(encodeGsm7('')?.length, 0);
});

test('octets that are no septets are told and shown as replacement characters', () => {
  for (let octet = 0; octet < 0x100; octet++) assert.equal(isGsm7(Uint8Array.of(0x41, octet)), octet < 0x80);
  assert.equal(decodeGsm7(Uint8Array.of(0x41, 0x80, 0xff, ESCAPE, 0xff, 0x42)), 'A\ufffd\ufffd\ufffdB');
});

const dataFolder = process.env.SALLYPORT_TEST_DATA ?? join(import.meta.dirname, '../../../../shared/data');
const tables = join(dataFolder, 'gsm-tables');

const names: Record<string, string> = { SP: ' ', LF: '\n', CR: '\r', QM: '"' };
const characterOf = (cell: string): string =>
  names[cell] ?? (cell.length === 4 ? String.fromCharCode(Number.parseInt(cell, 16)) : cell);

/** A table in CSV, a row for each low nibble and a column for each high one, as characters by octet; '' where empty. */
function readTable(name: string): string[] {
  const lines = readFileSync(join(tables, name), 'utf8').trimEnd().split('\r\n').slice(1);
  const characters: string[] = [];
  for (const [low, line] of lines.entries()) {
    const cells = line.slice(1, -1).split('","').slice(1);
    for (const [high, cell] of cells.entries()) characters[high * 16 + low] = characterOf(cell);
  }
  return characters;
}

test('the published tables agree', (t) => {
  if (!existsSync(tables)) {
    t.diagnostic('the public GSM tables are not here: checked against the table in this file only');
    assert.equal(fitting.size, 137);
    return;
  }
  const main = readTable('default_lock.csv');
  const shifted = readTable('default_shift.csv');
  assert.equal(main.length, 128);
  for (const [octet, character] of main.entries()) {
    assert.equal(decodeGsm7(Uint8Array.of(octet)), character, `octet ${octet}`);
    assert.equal(decodeGsm7(Uint8Array.of(ESCAPE, octet)), shifted[octet] || character, `escaped octet ${octet}`);
    if (octet === ESCAPE) continue;
    assert.deepEqual([...(encodeGsm7(character) ?? [])], [octet]);
    if (shifted[octet]) assert.deepEqual([...(encodeGsm7(shifted[octet]) ?? [])], [ESCAPE, octet]);
  }
});
