import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeText, encodeText } from './encode.ts';
import { decodeGsm7, encodeGsm7 } from './gsm7.ts';
import { countSegments, cutSegments } from './segments.ts';

/** Set SALLYPORT_TEST_SEED to try other texts, or to see those of a failure again. */
const seed = Number(process.env.SALLYPORT_TEST_SEED ?? 20260);

/** A linear congruential generator (Numerical Recipes' constants): below(n) is in [0, n). */
function generator(start: number): (limit: number) => number {
  let state = start >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const alphabets = {
  ascii: Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)),
  gsm: Array.from('@£$¥èéùìòÇ\nØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ ¤¡ÄÖÑÜ§¿äöñüà^{}\\[~]|€abc'),
  escaped: Array.from('^{}\\[~]|€\f'),
  unicode: Array.from('жöß€中😀👍🏽नमسلام'),
};

/** Cuts character by character, as a person would: what the parts should be. */
function partsByHand(text: string, dataCoding: number): string[] {
  const sizeOf = (character: string) =>
    dataCoding === 0 ? (encodeGsm7(character)?.length ?? 0) : character.length * 2;
  const sizes = Array.from(text, sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= (dataCoding === 0 ? 160 : 140)) return [text];
  const room = dataCoding === 0 ? 153 : 134;
  const parts = [''];
  let used = 0;
  for (const [index, character] of Array.from(text).entries()) {
    const size = sizes[index] ?? 0;
    if (used + size > room) {
      parts.push('');
      used = 0;
    }
    parts.push(`${parts.pop()}${character}`);
    used += size;
  }
  return parts;
}

test('texts come back whole, and their parts are those cut by hand', (t) => {
  t.diagnostic(`seed ${seed}`);
  const below = generator(seed);
  const kinds = Object.values(alphabets);
  for (let round = 0; round < 3000; round++) {
    const characters = kinds[below(kinds.length)] ?? alphabets.ascii;
    const text = Array.from({ length: below(500) }, () => characters[below(characters.length)]).join('');
    const encoded = encodeText(text);
    assert.ok(encoded);
    const { octets, dataCoding } = encoded;
    assert.equal(decodeText(octets, dataCoding), text);
    const parts = cutSegments(octets, dataCoding, round);
    const texts = parts.map((part) => decodeText(parts.length > 1 ? part.subarray(6) : part, dataCoding));
    assert.deepEqual(texts, partsByHand(text, dataCoding));
    assert.equal(countSegments(octets, dataCoding), parts.length);
  }
});

test('any octets are cut without loss, within what one SMS holds', (t) => {
  t.diagnostic(`seed ${seed}`);
  const below = generator(seed + 1);
  const likely = [0x1b, 0x1b, 0xd8, 0xdc, 0x00, 0x41];
  for (let round = 0; round < 3000; round++) {
    const octets = Buffer.from(Array.from({ length: 141 + below(600) }, () => likely[below(likely.length)] ?? 0));
    const dataCoding = [0, 1, 3, 4, 8][below(5)] ?? 0;
    const parts = cutSegments(octets, dataCoding, 7);
    assert.equal(countSegments(octets, dataCoding), parts.length);
    if (parts.length === 1) continue;
    const most = dataCoding <= 1 ? 153 : 134;
    for (const part of parts) assert.ok(part.length > 6 && part.length - 6 <= most);
    assert.deepEqual(Buffer.concat(parts.map((part) => part.subarray(6))), octets);
    const whole = decodeText(octets, dataCoding);
    if (whole !== null) assert.equal(parts.map((part) => decodeText(part.subarray(6), dataCoding)).join(''), whole);
  }
});

test('any septets have a text, and a text that fits comes back from it', (t) => {
  t.diagnostic(`seed ${seed}`);
  const below = generator(seed + 2);
  for (let round = 0; round < 3000; round++) {
    const text = decodeGsm7(Uint8Array.from({ length: below(200) }, () => below(0x80)));
    const octets = encodeGsm7(text);
    assert.ok(octets);
    assert.equal(decodeGsm7(octets), text);
  }
});
