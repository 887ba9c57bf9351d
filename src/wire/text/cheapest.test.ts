import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cheapestShifts } from './cheapest.ts';
import { decodeText, type EncodedText, encodeText } from './encode.ts';
import { encodeGsm7, lockingCharacters, singleCharacters } from './gsm7.ts';
import { type Language, languageNames, locks, noShifts, type Shifts } from './languages.ts';
import { countSegments } from './segments.ts';
import { encodeUcs2 } from './ucs2.ts';
import { shiftElements } from './user-data-header.ts';

/** Set SALLYPORT_TEST_SEED to try other texts, or to see those of a failure again. */
const seed = Number(process.env.SALLYPORT_TEST_SEED ?? 20261);

/** A linear congruential generator (Numerical Recipes' constants): below(n) is in [0, n). */
function generator(start: number): (limit: number) => number {
  let state = start >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const segmentsOf = ({ octets, dataCoding, shifts }: EncodedText): number =>
  countSegments(octets, dataCoding, { cutting: 'header-8', elements: shiftElements(shifts) });

/** The order that is promised, as numbers to compare from the left. */
function costOf(encoded: EncodedText): number[] {
  const { locking, single } = encoded.shifts;
  const plainness = [locking !== 'default', encoded.dataCoding === 8 || single !== 'default'];
  const isNational = locking !== 'default' || single !== 'default';
  const rank = encoded.dataCoding === 8 ? 1 : isNational ? 2 + Number(plainness[0]) * 2 + Number(plainness[1]) : 0;
  return [segmentsOf(encoded), rank, encoded.octets.length];
}

const compare = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : a[at]! - b[at]!;
};

/** Every way to write a text, tried out. */
function everyWay(text: string, languages: readonly Language[]): EncodedText[] {
  const ways: EncodedText[] = [];
  const units = encodeUcs2(text);
  if (units) ways.push({ dataCoding: 8, octets: units, shifts: noShifts });
  for (const locking of ['default', ...languages.filter(locks)] as const) {
    for (const single of ['default', ...languages] as const) {
      const shifts: Shifts = { locking, single };
      const octets = encodeGsm7(text, shifts);
      if (octets) ways.push({ dataCoding: 0, octets, shifts });
    }
  }
  return ways;
}

const charactersOf = (language: Language): string[] => [
  ...(locks(language) ? lockingCharacters(language) : lockingCharacters('default')).map(([character]) => character),
  ...singleCharacters(language).map(([character]) => character),
];

const ascii = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));

test('no way to write a text is cheaper than the one that is chosen', (t) => {
  t.diagnostic(`seed ${seed}`);
  const below = generator(seed);
  const chosen = new Map<string, number>();
  for (let round = 0; round < 1500; round++) {
    const languages = round % 3 === 0 ? languageNames : [languageNames[below(13)]!, languageNames[below(13)]!];
    const own = charactersOf(languages[below(languages.length)]!);
    const rare = below(12);
    const text = Array.from({ length: below(420) }, () =>
      below(12) < rare ? ascii[below(ascii.length)] : own[below(own.length)],
    ).join('');
    const encoded = encodeText(text, { languages })!;
    assert.equal(decodeText(encoded.octets, encoded.dataCoding, { shifts: encoded.shifts }), text);
    for (const way of everyWay(text, [...new Set(languages)])) {
      assert.ok(compare(costOf(encoded), costOf(way)) <= 0, `round ${round}: ${JSON.stringify(way.shifts)} is cheaper`);
    }
    const kind = String(costOf(encoded)[1]);
    chosen.set(kind, (chosen.get(kind) ?? 0) + 1);
  }
  assert.deepEqual([...chosen.keys()].toSorted(), ['0', '1', '3', '4', '5'], 'each kind of coding was chosen');
});

test('nor where escapes stand at the ends of parts', (t) => {
  t.diagnostic(`seed ${seed}`);
  const below = generator(seed + 1);
  for (let round = 0; round < 1500; round++) {
    const characters = ['aş', 'aşŞ€', 'aãş', 'a^{ç'][below(4)]!;
    const often = 1 + below(40);
    const length = (1 + below(2)) * 149 - below(12);
    const text = Array.from({ length }, () => (below(often) === 0 ? characters[below(characters.length)] : 'a')).join(
      '',
    );
    const languages: Language[] = ['turkish', 'portuguese'];
    const encoded = encodeText(text, { languages })!;
    for (const way of everyWay(text, languages)) {
      assert.ok(compare(costOf(encoded), costOf(way)) <= 0, `round ${round}: ${JSON.stringify(way.shifts)} is cheaper`);
    }
  }
});

test('a pair of tables that is cut badly gives way to the next', () => {
  const text = `${'a'.repeat(148)}ş${'a'.repeat(148)}`;
  const shifts: Shifts = { locking: 'default', single: 'turkish' };
  const septets = encodeGsm7(text, shifts)!;
  assert.equal(septets.length, 2 * 149);
  assert.equal(countSegments(septets, 0, { cutting: 'header-8', elements: shiftElements(shifts) }), 3);
  assert.deepEqual(encodeText(text, { languages: ['turkish'] })?.shifts, { locking: 'turkish', single: 'default' });
});

test('a pair of tables that saves a segment only until it is cut is not chosen', () => {
  const text = 'Á'.repeat(149); // 298 septets fill two segments of 149, but no cut may go through an escape
  assert.equal(cheapestShifts(text, ['spanish'], 3), null);
  assert.deepEqual(cheapestShifts(text, ['spanish'], 4), { locking: 'default', single: 'spanish' });
});

const turkish = 'Şifreniz 493021. Bu kodu kimseyle paylaşmayın; bankamız sizden bu kodu asla istemez. ';

test('a text that fits one SMS in UCS-2 goes in UCS-2, which every handset shows', () => {
  const encoded = encodeText(turkish.slice(0, 70), { languages: ['turkish'] });
  assert.deepEqual([encoded?.dataCoding, encoded?.shifts], [8, noShifts]);
});

test('a longer one goes in national tables where that is fewer SMS, and they are allowed', () => {
  assert.deepEqual(encodeText(turkish, { languages: ['turkish'] })?.shifts, { locking: 'default', single: 'turkish' });
  assert.equal(encodeText(turkish, { languages: ['spanish', 'hindi'] })?.dataCoding, 8);
  assert.equal(encodeText(turkish)?.dataCoding, 8);
});

test('a locking shift table is taken where single shifts would need another SMS', () => {
  const text = 'ş'.repeat(100);
  assert.deepEqual(encodeText(text, { languages: ['turkish'] })?.shifts, { locking: 'turkish', single: 'default' });
});

test('both tables are named where a text needs both', () => {
  const text = `${'\u0928\u092e\u0938\u094d\u0924\u0947 '.repeat(18)} ABC`;
  assert.deepEqual(encodeText(text, { languages: ['hindi'] })?.shifts, { locking: 'hindi', single: 'hindi' });
});

test('the default alphabet stays where national tables save octets but no SMS', () => {
  assert.deepEqual(encodeText('€'.repeat(80), { languages: languageNames })?.shifts, noShifts);
  assert.equal(encodeText('€'.repeat(81), { languages: languageNames })?.shifts.locking, 'turkish');
});

test('the order in which languages are allowed does not matter, nor that one is named twice', () => {
  const text = 'ç'.repeat(100) + 'í'.repeat(60);
  const one = encodeText(text, { languages: languageNames });
  const other = encodeText(text, { languages: [...languageNames, ...languageNames].toReversed() });
  assert.deepEqual(one, other);
  assert.equal(one?.dataCoding, 0);
});

test('a text of more kinds of characters than two tables have goes in UCS-2', () => {
  const text = Array.from({ length: 400 }, (_, at) => String.fromCharCode(0x900 + at)).join('');
  assert.equal(encodeText(text, { languages: languageNames })?.dataCoding, 8);
});
