import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokenInvariant } from '../../base/must.ts';
import { encodeText } from './encode.ts';
import { type Language, languageNames, locks, noShifts, type Shifts } from './languages.ts';
import {
  type Cutting,
  carriesHeader,
  countSegments,
  cutSegments,
  describeSegments,
  MAX_SEGMENTS,
  roomIn,
} from './segments.ts';
import { readHeader, shiftElements } from './user-data-header.ts';

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

test('64 octets of elements are the most', () => {
  const most = { cutting: 'header-8', elements: Buffer.alloc(64) } as const;
  // 140 octets less a header of 1 + 5 + 64 are 70: 80 septets.
  assert.deepEqual(
    cutSegments(Buffer.alloc(100, 0x41), 0, 1, most).map((part) => part.length),
    [70 + 80, 70 + 20],
  );
  const more = { cutting: 'header-8', elements: Buffer.alloc(65) } as const;
  assert.throws(() => cutSegments(Buffer.alloc(100, 0x41), 0, 1, more), BrokenInvariant);
});

test('elements that leave no room are no way to cut, rather than one that never ends', () => {
  const full = { cutting: 'header-8', elements: Buffer.alloc(134) } as const;
  assert.throws(() => countSegments(Buffer.alloc(200), 0, full), BrokenInvariant);
  assert.throws(() => describeSegments(Buffer.alloc(200), 0, full), BrokenInvariant);
});

const national = (locking: Language | null, single: Language | null): Shifts => ({
  locking: locking !== null && locks(locking) ? locking : 'default',
  single: single ?? 'default',
});

/** What is left for text, computed by hand: 140 octets less the header, in septets on a septet boundary. */
const rooms: [name: string, cutting: Cutting, shifts: Shifts, whole: number, part: number, units: number][] = [
  ['8-bit reference', 'header-8', noShifts, 160, 153, 134],
  ['16-bit reference', 'header-16', noShifts, 160, 152, 132],
  ['sar parameters', 'sar', noShifts, 160, 153, 134],
  ['cut by the SMSC', 'whole', noShifts, 160, 153, 134],
  ['one language', 'header-8', national(null, 'spanish'), 155, 149, 130],
  ['one language, 16-bit reference', 'header-16', national('hindi', null), 155, 148, 130],
  ['two languages', 'header-8', national('hindi', 'hindi'), 152, 146, 128],
  ['two languages, 16-bit reference', 'header-16', national('urdu', 'tamil'), 152, 145, 126],
  ['two languages beside sar parameters', 'sar', national('urdu', 'tamil'), 152, 146, 128],
];

for (const [name, cutting, shifts, whole, part, units] of rooms) {
  test(`an SMS has room for text: ${name}`, () => {
    const options = { cutting, elements: shiftElements(shifts) };
    assert.deepEqual([roomIn(0, options).whole, roomIn(0, options).part], [whole, part]);
    assert.equal(roomIn(8, options).part, units);
    for (const [length, segments] of [
      [whole, 1],
      [whole + 1, 2],
      [2 * part, 2],
      [2 * part + 1, 3],
    ] as const) {
      assert.equal(countSegments(Buffer.alloc(length, 0x41), 0, options), segments, `${length} septets`);
    }
  });
}

const everyOption = (['header-8', 'header-16', 'sar', 'whole'] as const).flatMap((cutting) =>
  [noShifts, national(null, 'turkish'), national('hindi', null), national('urdu', 'urdu')].map((shifts) => ({
    cutting,
    shifts,
    elements: shiftElements(shifts),
  })),
);

for (const { cutting, shifts, elements } of everyOption) {
  test(`parts join to the text: ${cutting}, ${shifts.locking}, ${shifts.single}`, () => {
    for (const length of [0, 1, 140, 150, 161, 1000]) {
      const octets = Buffer.from(Array.from({ length }, (_, at) => (at % 3 === 0 ? ESCAPE : 0x40 + (at % 26))));
      const options = { cutting, elements };
      const parts = cutSegments(octets, 0, 0x1a2b, options);
      const hasHeader = carriesHeader(parts.length, options);
      const headers = parts.map((part) => (hasHeader ? readHeader(part) : null));
      const texts = parts.map((part, at) => part.subarray(headers[at]?.bytes ?? 0));
      assert.deepEqual(Buffer.concat(texts), octets);
      if (cutting === 'whole') assert.equal(parts.length, 1);
      else assert.equal(parts.length, countSegments(octets, 0, options));
      const isNumbered = parts.length > 1 && (cutting === 'header-8' || cutting === 'header-16');
      for (const [at, header] of headers.entries()) {
        assert.deepEqual(header?.shifts ?? noShifts, shifts);
        assert.equal(header?.flaw ?? null, null);
        const reference = cutting === 'header-8' ? 0x2b : 0x1a2b;
        const expected = { reference, isWide: cutting === 'header-16', total: parts.length, number: at + 1 };
        assert.deepEqual(header?.concatenation ?? null, isNumbered ? expected : null);
        if (parts.length > 1 && cutting !== 'whole') {
          assert.ok(texts[at]!.length <= roomIn(0, options).part);
          assert.notEqual(texts[at]!.at(-1) === ESCAPE && at < parts.length - 1, true);
        }
      }
    }
  });
}

test('surrogate pairs stay whole behind every header', () => {
  const octets = Buffer.from('😀'.repeat(300), 'utf16le').swap16();
  for (const { cutting, elements } of everyOption) {
    const options = { cutting, elements };
    const parts = cutSegments(octets, 8, 1, options);
    const hasHeader = carriesHeader(parts.length, options);
    for (const part of parts) assert.equal((part.length - (hasHeader ? readHeader(part).bytes : 0)) % 4, 0);
  }
});

test('what the SMSC cuts may be longer than 255 parts; what is numbered may not', () => {
  const more = Buffer.alloc(MAX_SEGMENTS * 153 + 1, 0x41);
  assert.equal(cutSegments(more, 0, 0, { cutting: 'whole', elements: Buffer.alloc(0) })[0], more);
  assert.throws(() => cutSegments(more, 0, 0, { cutting: 'sar', elements: Buffer.alloc(0) }), BrokenInvariant);
  assert.throws(() => cutSegments(more, 0, 0, { cutting: 'header-8', elements: Buffer.alloc(65) }), BrokenInvariant);
});

const describe = (text: string): number[][] => {
  const { octets, dataCoding } = encodeText(text)!;
  return describeSegments(octets, dataCoding).map(({ from, to, used, room }) => [from, to, used, room]);
};

test('a description says where each SMS ends and how full it is', () => {
  assert.deepEqual(describe(''), [[0, 0, 0, 160]]);
  assert.deepEqual(describe('Hello'), [[0, 5, 5, 160]]);
  assert.deepEqual(describe(`${'a'.repeat(152)}€${'a'.repeat(10)}`), [
    [0, 152, 152, 153],
    [152, 163, 12, 153],
  ]);
  assert.deepEqual(describe('ж'.repeat(70)), [[0, 70, 70, 70]]);
  assert.deepEqual(describe(`${'ж'.repeat(66)}😀жжж`), [
    [0, 66, 66, 67],
    [66, 71, 5, 67],
  ]);
});

test('a description agrees with the parts, in every language', () => {
  for (const language of languageNames) {
    const shifts = national(language, language);
    const options = { cutting: 'header-8', elements: shiftElements(shifts) } as const;
    const octets = Buffer.from(Array.from({ length: 500 }, (_, at) => (at % 4 === 0 ? ESCAPE : 0x41 + (at % 20))));
    const views = describeSegments(octets, 0, options);
    const parts = cutSegments(octets, 0, 1, options);
    assert.deepEqual(
      views.map(({ used }) => used),
      parts.map((part) => part.length - readHeader(part).bytes),
    );
    assert.equal(views.at(-1)?.to, 375);
    assert.deepEqual(
      views.map(({ number }) => number),
      parts.map((_, at) => at + 1),
    );
  }
});
