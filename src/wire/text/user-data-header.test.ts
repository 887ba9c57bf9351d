import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConcatenationOnly } from './user-data-header.ts';

const cases: [hex: string, expected: boolean, why: string][] = [
  ['0500030a0201', true, '8-bit reference'],
  ['0608040a0b0201', true, '16-bit reference'],
  ['0500030a020141424344', true, 'text behind it'],
  ['', false, 'nothing'],
  ['00', false, 'an empty header'],
  ['0500030a02', false, 'longer than the octets'],
  ['06050423f40000', false, 'ports: WAP push'],
  ['0b05040b84000000030a0201', false, 'ports and a reference'],
  ['0500040a020101', false, 'an element of the wrong length'],
  ['040003', false, 'an element cut short'],
  ['0600030a020100', false, 'a byte left over'],
];

for (const [hex, expected, why] of cases) {
  test(`user data header: ${why}`, () => assert.equal(isConcatenationOnly(Buffer.from(hex, 'hex')), expected));
}
