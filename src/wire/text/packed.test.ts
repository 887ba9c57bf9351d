import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeGsm7 } from './gsm7.ts';
import { fillBitsAfter, pack7, septetsIn, unpack7 } from './packed.ts';

/** Texts and their packed form, as many SMS tutorials and PDU tools print them. */
const examples: [text: string, hex: string][] = [
  ['hellohello', 'e8329bfd4697d9ec37'],
  ['Hello', 'c8329bfd06'],
  ['1234567', '31d98c56b3dd00'],
  ['12345678', '31d98c56b3dd70'],
  ['@', '00'],
  ['', ''],
  ['€', '9b32'],
];

for (const [text, hex] of examples) {
  test(`packed: ${text}`, () => {
    const septets = encodeGsm7(text)!;
    assert.equal(pack7(septets).toString('hex'), hex);
    assert.deepEqual(unpack7(Buffer.from(hex, 'hex'), septets.length), septets);
  });
}

/** TS 23.038 §6.1.2.1.1, bit by bit: septet s, bit b is bit 7s+b of the octets, behind the fill bits. */
function packedByBits(septets: Uint8Array, fillBits: number): Buffer {
  const octets = Buffer.alloc(Math.ceil((septets.length * 7 + fillBits) / 8));
  for (const [at, septet] of septets.entries()) {
    for (let bit = 0; bit < 7; bit++) {
      const place = fillBits + at * 7 + bit;
      octets[place >> 3] = octets[place >> 3]! | (((septet >> bit) & 1) << (place & 7));
    }
  }
  return octets;
}

test('every length and number of fill bits is packed as bit by bit, and comes back', () => {
  for (let length = 1; length <= 160; length++) {
    for (let fillBits = 0; fillBits < 7; fillBits++) {
      const septets = Buffer.from(Array.from({ length }, (_, at) => (at * 37 + fillBits * 11 + length) & 0x7f));
      const octets = pack7(septets, fillBits);
      assert.deepEqual(octets, packedByBits(septets, fillBits));
      assert.deepEqual(unpack7(octets, length, fillBits), septets);
    }
  }
});

test('no septets take no octets, whatever is to be filled', () => {
  for (let fillBits = 0; fillBits < 7; fillBits++) assert.equal(pack7(Buffer.alloc(0), fillBits).length, 0);
});

test('no more septets are read than the octets hold', () => {
  assert.equal(unpack7(Buffer.alloc(7), 100).length, 8);
  assert.equal(unpack7(Buffer.alloc(0), 5).length, 0);
  assert.equal(unpack7(Buffer.alloc(0), 5, 3).length, 0);
  assert.equal(septetsIn(140), 160);
  assert.equal(septetsIn(134, 1), 153);
});

test('septets behind a header begin on a septet boundary', () => {
  for (let headerOctets = 0; headerOctets <= 140; headerOctets++) {
    const fillBits = fillBitsAfter(headerOctets);
    assert.ok(fillBits >= 0 && fillBits < 7);
    assert.equal((headerOctets * 8 + fillBits) % 7, 0);
  }
  assert.equal(fillBitsAfter(6), 1);
});
