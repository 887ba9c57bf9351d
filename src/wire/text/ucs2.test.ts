import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUcs2, encodeUcs2 } from './ucs2.ts';

test('every code point of Unicode goes both ways, big-endian', () => {
  for (let point = 0; point <= 0x10ffff; point += point < 0x10000 ? 1 : 0x101) {
    if (point >= 0xd800 && point <= 0xdfff) continue;
    const text = String.fromCodePoint(point);
    const octets = encodeUcs2(text);
    assert.ok(octets);
    assert.equal(octets.readUInt16BE(0), text.charCodeAt(0));
    assert.equal(decodeUcs2(octets), text);
  }
});

test('the octets are those of the specification', () => {
  assert.equal(encodeUcs2('A€')?.toString('hex'), '004120ac');
  assert.equal(encodeUcs2('😀')?.toString('hex'), 'd83dde00');
});

test('a lone surrogate is refused on the way out and replaced on the way in', () => {
  for (const text of ['\ud83d', '\ude00', 'a\ud83d', '\ude00\ud83d', '\ud83dA']) assert.equal(encodeUcs2(text), null);
  assert.equal(decodeUcs2(Buffer.from('0041d83d0042', 'hex')), 'A\ufffdB');
  assert.equal(decodeUcs2(Buffer.from('de000042', 'hex')), '\ufffdB');
});

test('a last odd octet is replaced, and what was handed in stays as it was', () => {
  const octets = Buffer.from('004100', 'hex');
  assert.equal(decodeUcs2(octets), 'A\ufffd');
  assert.equal(octets.toString('hex'), '004100');
  assert.equal(decodeUcs2(Buffer.of(0x41)), '\ufffd');
  assert.equal(decodeUcs2(Buffer.alloc(0)), '');
});
