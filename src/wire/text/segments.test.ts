import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokenInvariant } from '../../base/must.ts';
import { encodeText } from './encode.ts';
import { countSegments, cutSegments, MAX_SEGMENTS } from './segments.ts';

const ESCAPE = 0x1b;

function cut(text: string): { lengths: number[]; parts: Buffer[] } {
  const encoded = encodeText(text);
  assert.ok(encoded);
  const parts = cutSegments(encoded.octets, encoded.dataCoding, 0x2a);
  assert.equal(countSegments(encoded.octets, encoded.dataCoding), parts.length);
  return { lengths: parts.map((part) => (parts.length === 1 ? part.length : part.length - 6)), parts };
}

const cases: Record<string, { text: string; lengths: number[] }> = {
  'an empty text is one': { text: '', lengths: [0] },
  '160 septets are one': { text: 'a'.repeat(160), lengths: [160] },
  '161 septets are two': { text: 'a'.repeat(161), lengths: [153, 8] },
  '306 septets are two': { text: 'a'.repeat(306), lengths: [153, 153] },
  '307 septets are three': { text: 'a'.repeat(307), lengths: [153, 153, 1] },
  '80 escaped characters are one': { text: '€'.repeat(80), lengths: [160] },
  'an escape is not cut from its octet': { text: `${'a'.repeat(152)}€${'a'.repeat(10)}`, lengths: [152, 12] },
  'an escaped octet may end a part': { text: `${'a'.repeat(151)}€${'a'.repeat(10)}`, lengths: [153, 10] },
  'escaped characters alone leave a septet free': { text: '€'.repeat(153), lengths: [152, 152, 2] },
  '70 units are one': { text: 'ж'.repeat(70), lengths: [140] },
  '71 units are two': { text: 'ж'.repeat(71), lengths: [134, 8] },
  '134 units are two': { text: 'ж'.repeat(134), lengths: [134, 134] },
  '135 units are three': { text: 'ж'.repeat(135), lengths: [134, 134, 2] },
  '35 pairs are one': { text: '😀'.repeat(35), lengths: [140] },
  'a surrogate pair is not cut': { text: `${'ж'.repeat(66)}😀жжж`, lengths: [132, 10] },
  'a surrogate pair may end a part': { text: `${'ж'.repeat(65)}😀жжжж`, lengths: [134, 8] },
  'pairs alone leave a unit free': { text: '😀'.repeat(67), lengths: [132, 132, 4] },
};

for (const [name, { text, lengths }] of Object.entries(cases)) {
  test(name, () => assert.deepEqual(cut(text).lengths, lengths));
}

test('one part is the octets themselves', () => {
  const octets = Buffer.from('Hello');
  assert.equal(cutSegments(octets, 0, 1)[0], octets);
});

test('each part begins with reference, total and number', () => {
  const headers = cut('a'.repeat(400)).parts.map((part) => part.subarray(0, 6).toString('hex'));
  assert.deepEqual(headers, ['0500032a0301', '0500032a0302', '0500032a0303']);
  const [first] = cutSegments(Buffer.alloc(161, 0x41), 0, 0x1ff);
  assert.equal(first?.[3], 0xff);
});

test('octets that are no text are cut every 134', () => {
  assert.deepEqual(
    cutSegments(Buffer.alloc(140, ESCAPE), 4, 0).map((part) => part.length),
    [140],
  );
  assert.deepEqual(
    cutSegments(Buffer.alloc(141, ESCAPE), 4, 0).map((part) => part.length),
    [140, 13],
  );
  assert.equal(countSegments(Buffer.alloc(160, 0x41), 1), 1);
  assert.equal(countSegments(Buffer.alloc(160, 0x41), 3), 2);
});

test('a run of escapes is cut between pairs', () => {
  const octets = Buffer.alloc(400, ESCAPE);
  assert.deepEqual(
    cutSegments(octets, 0, 0).map((part) => part.length - 6),
    [152, 152, 96],
  );
  octets[0] = 0x41;
  assert.deepEqual(
    cutSegments(octets, 0, 0).map((part) => part.length - 6),
    [153, 152, 95],
  );
});

test('lone surrogates and a last odd octet are cut as they stand', () => {
  const high = Buffer.alloc(201, 'd83d', 'hex');
  assert.deepEqual(
    cutSegments(high, 8, 0).map((part) => part.length - 6),
    [134, 67],
  );
});

test('255 parts are the most', () => {
  const most = Buffer.alloc(MAX_SEGMENTS * 153, 0x41);
  assert.equal(cutSegments(most, 0, 0).length, 255);
  const more = Buffer.alloc(MAX_SEGMENTS * 153 + 1, 0x41);
  assert.equal(countSegments(more, 0), 256);
  assert.throws(() => cutSegments(more, 0, 0), BrokenInvariant);
});
