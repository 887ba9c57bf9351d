import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultAlphabets, fromDefaultAlphabet, toDefaultAlphabet } from './default-alphabet.ts';
import { decodeText, encodeText } from './encode.ts';
import { encodeGsm7 } from './gsm7.ts';
import { cutSegments } from './segments.ts';

const septetsOf = (text: string): Buffer => encodeGsm7(text)!;
const HEADER = Buffer.from('0500032a0201', 'hex');

/** What reaches us back where a carrier means `alphabet` by data_coding 0. */
function thereAndBack(octets: Buffer, hasHeader: boolean, alphabet: (typeof defaultAlphabets)[number]): string | null {
  const sent = toDefaultAlphabet(octets, hasHeader, alphabet);
  if (sent === null) return null;
  const back = fromDefaultAlphabet(sent, hasHeader, alphabet);
  const text = hasHeader ? back.octets.subarray(1 + back.octets[0]!) : back.octets;
  return decodeText(text, back.dataCoding);
}

test('a carrier that means what we mean gets the octets themselves', () => {
  const octets = septetsOf('Hello');
  assert.equal(toDefaultAlphabet(octets, false, 'gsm7'), octets);
  assert.equal(fromDefaultAlphabet(octets, false, 'gsm7').octets, octets);
});

test('a text comes back through each alphabet that has its characters', () => {
  for (const alphabet of defaultAlphabets) {
    for (const octets of [septetsOf('Hello'), Buffer.concat([HEADER, septetsOf('Hello')])]) {
      assert.equal(thereAndBack(octets, octets[0] === 5, alphabet), 'Hello', alphabet);
    }
  }
});

test('each character of the default alphabet goes as Latin-1 or ASCII where these have it', () => {
  for (let point = 0; point < 0x2100; point++) {
    const character = String.fromCharCode(point);
    const septets = encodeGsm7(character);
    if (septets === null) continue;
    const latin1 = toDefaultAlphabet(septets, false, 'latin1');
    assert.deepEqual(latin1, point < 0x100 ? Buffer.of(point) : null, `U+${point.toString(16)}`);
    assert.deepEqual(toDefaultAlphabet(septets, false, 'ascii'), point < 0x80 ? Buffer.of(point) : null);
  }
});

test('what a carrier sends in Latin-1 or ASCII keeps its octets and gets their data coding', () => {
  const octets = Buffer.from('41e3', 'hex');
  assert.deepEqual(fromDefaultAlphabet(octets, false, 'latin1'), { dataCoding: 3, octets });
  assert.deepEqual(fromDefaultAlphabet(octets, false, 'ascii'), { dataCoding: 1, octets });
  assert.equal(decodeText(octets, 3), 'Aã');
});

test('a text in national tables cannot go in another alphabet, but can be packed', () => {
  const octets = Buffer.concat([Buffer.from('03240101', 'hex'), Buffer.from('411b73', 'hex')]);
  assert.equal(toDefaultAlphabet(octets, true, 'latin1'), null);
  assert.equal(toDefaultAlphabet(octets, true, 'ascii'), null);
  const packed = toDefaultAlphabet(octets, true, 'gsm7-packed')!;
  assert.deepEqual(fromDefaultAlphabet(packed, true, 'gsm7-packed').octets, octets);
});

test('packed septets begin behind the fill bits of their header', () => {
  // 153 letters after a header of six octets fill an SMS to the last bit but none.
  const full = Buffer.concat([HEADER, septetsOf('A'.repeat(153))]);
  const packed = toDefaultAlphabet(full, true, 'gsm7-packed')!;
  assert.equal(packed.length, 140);
  assert.equal(packed.subarray(0, 7).toString('hex'), '0500032a020182');
  assert.deepEqual(fromDefaultAlphabet(packed, true, 'gsm7-packed').octets, full);
});

test('seven bits left over hold a carriage return, which is taken off again', () => {
  assert.equal(toDefaultAlphabet(septetsOf('1234567'), false, 'gsm7-packed')?.toString('hex'), '31d98c56b3dd1a');
  assert.equal(thereAndBack(septetsOf('1234567'), false, 'gsm7-packed'), '1234567');
  assert.equal(thereAndBack(septetsOf('1234567@'), false, 'gsm7-packed'), '1234567@');
});

test('a carriage return that ends on an octet boundary comes back as two', () => {
  assert.equal(thereAndBack(septetsOf('1234567\r'), false, 'gsm7-packed'), '1234567\r\r');
  assert.equal(thereAndBack(septetsOf('123456\r'), false, 'gsm7-packed'), '123456\r');
});

test('packed texts of every length come back, and none is longer than an SMS', () => {
  for (let length = 0; length <= 160; length++) {
    const septets = septetsOf('@'.repeat(length));
    assert.ok(toDefaultAlphabet(septets, false, 'gsm7-packed')!.length <= 140);
    assert.equal(thereAndBack(septets, false, 'gsm7-packed'), '@'.repeat(length));
    const behind = Buffer.concat([HEADER, septets.subarray(0, 153)]);
    assert.ok(toDefaultAlphabet(behind, true, 'gsm7-packed')!.length <= 140);
    assert.equal(thereAndBack(behind, true, 'gsm7-packed'), '@'.repeat(Math.min(length, 153)));
  }
  const returns = septetsOf('\r'.repeat(160));
  assert.equal(toDefaultAlphabet(returns, false, 'gsm7-packed')?.length, 140);
});

test('every part of a long text is packed by itself', () => {
  const text = 'Grüße {an} alle, '.repeat(30);
  const { octets } = encodeText(text)!;
  const back = cutSegments(octets, 0, 1).map((part) => thereAndBack(part, true, 'gsm7-packed'));
  assert.equal(back.join(''), text);
});

test('a header that is longer than the message leaves no text, and goes as it is', () => {
  const octets = Buffer.from('7f41', 'hex');
  for (const alphabet of defaultAlphabets) {
    assert.deepEqual(toDefaultAlphabet(octets, true, alphabet), octets);
    assert.deepEqual(fromDefaultAlphabet(octets, true, alphabet).octets, octets);
  }
});
