import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUcs2, encodeUcs2 } from './ucs2.ts';

test('every code point of Unicode goes both ways, big-endian', () => {
  for (let point = 0; point <= 0x10ffff; point += point < 0x10000 ? 1 : 0x101) {
    if ((point >= 0xd800 && point <= 0xdfff) || point === 0xfffe) continue;
    const text = String.fromCodePoint(point);
    const octets = encodeUcs2(text);
    assert.ok(octets);
    assert.equal(octets.readUInt16BE(0), text.charCodeAt(0));
    assert.equal(decodeUcs2(Buffer.concat([Buffer.of(0, 0x41), octets])), `A${text}`);
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

test('no text is sent that is read the wrong way round', () => {
  for (const text of ['\ufffe', '\ufffe䄀', 'a\ufffeb']) assert.equal(encodeUcs2(text), null);
});

test('a last odd octet is replaced, and what was handed in stays as it was', () => {
  const octets = Buffer.from('004100', 'hex');
  assert.equal(decodeUcs2(octets), 'A\ufffd');
  assert.equal(octets.toString('hex'), '004100');
  assert.equal(decodeUcs2(Buffer.of(0x41)), '\ufffd');
  assert.equal(decodeUcs2(Buffer.alloc(0)), '');
});

test('a byte order mark says how the rest is to be read, and is no part of the text', () => {
  assert.equal(decodeUcs2(Buffer.from('feff0041d83dde00', 'hex')), 'A😀');
  assert.equal(decodeUcs2(Buffer.from('fffe41003dd800de', 'hex')), 'A😀');
  assert.equal(decodeUcs2(Buffer.from('feff0041', 'hex'), true), 'A');
  assert.equal(decodeUcs2(Buffer.from('feff', 'hex')), '');
  assert.equal(decodeUcs2(Buffer.from('fffe4100ff', 'hex')), 'A\ufffd');
  assert.equal(decodeUcs2(Buffer.from('0041feff', 'hex')), 'A\ufeff');
});

test('octets are read the wrong way round where the caller says so, and never by guessing', () => {
  assert.equal(decodeUcs2(Buffer.from('41003dd800de', 'hex'), true), 'A😀');
  assert.equal(decodeUcs2(Buffer.from('41004200', 'hex')), '\u4100\u4200');
});
