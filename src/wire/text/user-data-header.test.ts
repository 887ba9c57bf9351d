import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageNames, languages, locks, noShifts, type Shifts } from './languages.ts';
import {
  behindHeader,
  type Concatenation,
  concatenationElement,
  type ElementKind,
  elementKind,
  type HeaderFlaw,
  headerKinds,
  isConcatenationOnly,
  readHeader,
  shiftElements,
  writeElements,
} from './user-data-header.ts';

const read = (hex: string) => readHeader(Buffer.from(hex, 'hex'));

const concatenationOnly: [hex: string, expected: boolean, why: string][] = [
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
  ['0500030a0001', false, 'no parts'],
  ['0500030a0200', false, 'part nought'],
  ['0500030a0203', false, 'part three of two'],
  ['0800030a0201250101', false, 'a language and a reference'],
  ['03250101', false, 'a language'],
  ['0a00030a020100030b0201', true, 'two references that agree'],
];

for (const [hex, expected, why] of concatenationOnly) {
  test(`joins parts and no more: ${why}`, () => assert.equal(isConcatenationOnly(Buffer.from(hex, 'hex')), expected));
}

const parts: [hex: string, expected: Concatenation][] = [
  ['0500030a0201', { reference: 10, isWide: false, total: 2, number: 1 }],
  ['050003ffff ff'.replace(' ', ''), { reference: 255, isWide: false, total: 255, number: 255 }],
  ['060804fffe0302', { reference: 0xfffe, isWide: true, total: 3, number: 2 }],
  ['08250101 00030a0201'.replace(' ', ''), { reference: 10, isWide: false, total: 2, number: 1 }],
];

for (const [hex, expected] of parts) {
  test(`parts are numbered in ${hex}`, () => {
    const header = read(`${hex}4141`);
    assert.deepEqual(header.concatenation, expected);
    assert.equal(header.flaw, null);
    assert.equal(header.bytes, hex.length / 2);
  });
}

const flaws: [hex: string, flaw: HeaderFlaw, total: number | null, why: string][] = [
  ['', 'missing', null, 'no octets at all'],
  ['05', 'longer than the message', null, 'a length alone'],
  ['0500030a02', 'longer than the message', null, 'one octet short'],
  ['ff00030a0201', 'longer than the message', null, 'the longest length'],
  ['040003', 'longer than the message', null, 'both'],
  ['0300030a', 'element cut short', null, 'an element beyond the header'],
  ['0600030a020100', 'element cut short', null, 'an identifier without a length'],
  ['0600040a020101', 'element of the wrong length', null, 'a long 8-bit reference'],
  ['0400020a02', 'element of the wrong length', null, 'a short 8-bit reference'],
  ['0508030a0201', 'element of the wrong length', null, 'a short 16-bit reference'],
  ['0a00040a02010100030a0201'.replace('0a0004', '0b0004'), 'element of the wrong length', 2, 'a good one behind it'],
  ['0500030a0001', 'part numbers impossible', null, 'a total of nought'],
  ['0500030a0200', 'part numbers impossible', null, 'number nought'],
  ['0500030a0203', 'part numbers impossible', null, 'a number over the total'],
  ['0a00030a020100030a0000', 'part numbers impossible', 2, 'a good one before it counts'],
  ['0a00030a020100030a0301', 'contradicts itself', 3, 'two totals: the last counts'],
  ['0b00030a02010804000a0202', 'contradicts itself', 2, 'two numbers'],
  ['042402 0101'.replace(' ', ''), 'element of the wrong length', null, 'a long language'],
  ['0305010b', 'element of the wrong length', null, 'a port of one octet'],
];

for (const [hex, flaw, total, why] of flaws) {
  test(`a header that is wrong: ${why}`, () => {
    const header = read(hex);
    assert.equal(header.flaw, flaw);
    assert.equal(header.concatenation?.total ?? null, total);
    const isUnreadable = ['missing', 'longer than the message', 'element cut short'].includes(flaw);
    assert.equal(header.bytes, hex.length / 2);
    if (isUnreadable) assert.deepEqual(header.elements, []);
  });
}

test('text begins behind a header that cannot be read, where its length leaves room for text', () => {
  assert.deepEqual([read('0300030a4142').flaw, read('0300030a4142').bytes], ['element cut short', 4]);
  assert.deepEqual([read('7f4142').flaw, read('7f4142').bytes], ['longer than the message', 3]);
});

test('of two references that are both good the last counts', () => {
  assert.deepEqual(read('0b00030a02010804000b0201').concatenation, {
    reference: 11,
    isWide: true,
    total: 2,
    number: 1,
  });
});

test('ports are read, of 8 and of 16 bits', () => {
  assert.deepEqual(read('0605040b8423f0').ports, { destination: 2948, source: 9200 });
  assert.deepEqual(read('040402f0e2').ports, { destination: 240, source: 226 });
  assert.equal(read('0500030a0201').ports, null);
});

test('every language goes into a header and comes back', () => {
  for (const single of ['default', ...languageNames] as const) {
    for (const locking of ['default', ...languageNames.filter(locks)] as const) {
      const shifts: Shifts = { locking, single };
      const octets = behindHeader(shiftElements(shifts), Buffer.from('A'));
      const header = readHeader(octets.length === 1 ? Buffer.of(0) : octets);
      assert.deepEqual(header.shifts, shifts);
      assert.equal(header.flaw, null);
    }
  }
  assert.equal(
    behindHeader(shiftElements({ locking: 'turkish', single: 'spanish' }), Buffer.of(0x41)).toString('hex'),
    '0625010124010241',
  );
});

test('identifiers that are reserved leave the default tables, and so does Spanish as an alphabet', () => {
  const known = Object.values(languages) as number[];
  for (let id = 0; id < 0x100; id++) {
    const octet = id.toString(16).padStart(2, '0');
    assert.equal(read(`032401${octet}`).shifts.single === 'default', !known.includes(id), `single shift ${id}`);
    assert.equal(read(`032501${octet}`).shifts.locking === 'default', !known.includes(id) || id === 2, `locking ${id}`);
  }
});

test('elements that are not understood are kept, in their order', () => {
  const header = read('0970020102 7f00 0a0103'.replaceAll(' ', ''));
  assert.deepEqual(
    header.elements.map(({ id, data }) => [id, Buffer.from(data).toString('hex')]),
    [
      [0x70, '0102'],
      [0x7f, ''],
      [0x0a, '03'],
    ],
  );
  assert.deepEqual([...headerKinds(header)], ['sim', 'formatting']);
  assert.equal(header.flaw, null);
  assert.equal(writeElements(header.elements).toString('hex'), '700201027f000a0103');
});

const idsOf = (kind: ElementKind): number[] =>
  Array.from({ length: 256 }, (_, id) => id).filter((id) => elementKind(id) === kind);

/** TS 23.040 §9.2.3.24, table of identifiers: first and last of each run that is given to a use. */
const given: Readonly<Record<Exclude<ElementKind, 'reserved'>, readonly number[]>> = {
  concatenation: [0x00, 0x00, 0x08, 0x08],
  'waiting indication': [0x01, 0x01, 0x23, 0x23],
  ports: [0x04, 0x05],
  'carrier control': [0x06, 0x06],
  source: [0x07, 0x07, 0x22, 0x22],
  'wireless control': [0x09, 0x09],
  formatting: [0x0a, 0x1f, 0x21, 0x21],
  mail: [0x20, 0x20],
  language: [0x24, 0x25],
  sim: [0x70, 0x7f],
  private: [0x80, 0x9f, 0xc0, 0xdf],
};

/** Where ids that follow one another begin and end. */
const runsOf = (ids: readonly number[]): number[] =>
  ids.flatMap((id) => [...(ids.includes(id - 1) ? [] : [id]), ...(ids.includes(id + 1) ? [] : [id])]);

for (const [kind, runs] of Object.entries(given) as [ElementKind, readonly number[]][]) {
  test(`identifiers of the kind ${kind}`, () => assert.deepEqual(runsOf(idsOf(kind)), runs));
}

test('all other identifiers are reserved', () => {
  assert.deepEqual(runsOf(idsOf('reserved')), [0x02, 0x03, 0x26, 0x6f, 0xa0, 0xbf, 0xe0, 0xff]);
});

test('references are written as they are read', () => {
  for (const isWide of [false, true]) {
    const concatenation: Concatenation = { reference: isWide ? 0xa1b2 : 0xb2, isWide, total: 7, number: 3 };
    const octets = behindHeader(writeElements([concatenationElement(concatenation)]), Buffer.alloc(3));
    assert.deepEqual(readHeader(octets).concatenation, concatenation);
  }
});

test('any octets are read without an exception, within their bounds', () => {
  let state = 7;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  const likely = [0, 1, 2, 3, 4, 5, 6, 8, 0x24, 0x25, 0xff];
  for (let round = 0; round < 20_000; round++) {
    const octets = Uint8Array.from({ length: next() % 40 }, () =>
      next() < 200 ? likely[next() % likely.length]! : next(),
    );
    const header = readHeader(octets);
    assert.ok(header.bytes <= octets.length);
    const size = header.elements.reduce((sum, { data }) => sum + 2 + data.length, 0);
    if (size > 0) assert.equal(size, header.bytes - 1);
    const { concatenation } = header;
    if (concatenation) assert.ok(concatenation.number >= 1 && concatenation.number <= concatenation.total);
    if (header.elements.length === 0) assert.ok(header.concatenation === null && header.shifts === noShifts);
  }
});
