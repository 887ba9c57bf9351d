import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeGsm7, encodeGsm7, lockingCharacters, singleCharacters } from './gsm7.ts';
import { languageNames, locks, noShifts, type Shifts } from './languages.ts';

const ESCAPE = 0x1b;
const PLACES = 128;

/** The characters of a table by octet, '' where it has none. */
function byOctet(entries: readonly (readonly [character: string, octet: number])[]): string[] {
  const characters = Array<string>(PLACES).fill('');
  for (const [character, octet] of entries) characters[octet] = character;
  return characters;
}

const lockingTables = ['default', ...languageNames.filter(locks)] as const;
const singleTables = ['default', ...languageNames] as const;

/** By the names of the published tables. */
const tables = new Map<string, readonly string[]>([
  ...lockingTables.map((name) => [fileOf(name, 'lock'), byOctet(lockingCharacters(name))] as const),
  ...singleTables.map((name) => [fileOf(name, 'shift'), byOctet(singleCharacters(name))] as const),
]);

/** The published tables spell one language their own way. */
function fileOf(language: string, kind: 'lock' | 'shift'): string {
  return `${language === 'portuguese' ? 'portugese' : language}_${kind}`;
}

/** SHA-256 of each table, its characters in the order of their octets; found when all were equal to the published ones. */
const digests: Readonly<Record<string, string>> = {
  default_lock: 'b04106013af8ad05e62f53f02a84eeef0623d4227a843e725a19e7f7739a90b5',
  default_shift: '5ca9f21f94a6bbd60d0f44d4ad5bf019c6a55c93208836f9c28e4caf7dd2dfff',
  turkish_lock: '44665cb555345ab045823c4abc346b2361bff4fc3f10d954816380fa39ee1104',
  turkish_shift: '909b833901fc31c3d20bb172e15264af7f31cafe210bf9f57a64ed371883c253',
  spanish_shift: '17ea5bd0ec1da818eb7019bc0e12744c7847d06f58a00cfb79cc26a6b615b52a',
  portugese_lock: '47d889d76bccea035a4488ace717cd000dd1c97724488b4137d413b92fdaa0da',
  portugese_shift: 'cf4a7cf0e24ef7a94245e11668b043fcda71aaf077da31c88b51cb98b97055ca',
  bengali_lock: '0247cb2c477a5d31fbdbc45a33977ae5353eb50dda576c03759275f36fb6866e',
  bengali_shift: '975010a69614b4c895449ed0ec4f46528bfe5cdc34baeaf2f97cfa2814470a8d',
  gujarati_lock: 'f31f7327d803602b0902e9900cc4c6e5ca380da0ada0c135e690eed9b5010c91',
  gujarati_shift: '0c86199033fb9ed8ae3a996ccfe924fa2fe80f0bbbc3e451ea41bcaae90aa506',
  hindi_lock: 'ac7c26ff8a858c7957efa231a48f21ccaefe8ada67ad6c3647856c72a916e9d6',
  hindi_shift: '726cd744318f363dff7dbff464a4c10a397d9f87dd3ef68f87bf3176e548ffe4',
  kannada_lock: 'df1f8f0f00a49497240e967e7d6f5c54b32a246c583147698c8007c65c8ec76c',
  kannada_shift: '29e7f06fa90aeee41b0b8b5461bd210d454268f04b266f580c0a90e31a80d8bd',
  malayalam_lock: 'e8ee653d4d270beb262b579a1825d40b2a6aa07193022435aa2e58bd354a55bd',
  malayalam_shift: '00f7500a42bc6137485f68e0ecaf640e88aed4be6056ad4c52aa542db6bf033f',
  oriya_lock: '0be5c540e5e63cfd7d3932943924c6817056f24c0f7e138afac684f075e7f070',
  oriya_shift: '79d23fee1786d7045d2d3d1ed0f9d8c45456ee1c5a470060f38ee7f3b593b013',
  punjabi_lock: 'f1cd29bbd9d178bc5ab32bc28e86ff8b1f0b3d68d203d097676e0f94a420a000',
  punjabi_shift: '97b3dfcbe5e36c2c6c5151fe3b856254ed62f431df8cf787f46d291bfb393c31',
  tamil_lock: 'f17c1b44a92229014d62d2417bb7344a82f085b4900dcf39087f0dc75205baf5',
  tamil_shift: 'a65787311e03550478f93d8b12c611c3358512867c9cd8d7ca6d6ee7ceee74f0',
  telugu_lock: '8afdb18bd881f24eb812adf593f4d1b716b96f513535f9b7c0bb58a77c274d09',
  telugu_shift: '60ac3a18b89f36bc2972ea87b5df12d45a6314fc8df3c73470cd76b4ff8534b2',
  urdu_lock: 'c682cbcc961f74f3fac1a8199bcddb2553ed5f4110bfd4e69195cb943dd8565b',
  urdu_shift: '1d0deb9c5cc845ba624905173919172876fa7dbfc71e433d55003755a7631be9',
};

test('there are thirteen languages, of which Spanish has no locking shift table', () => {
  assert.equal(languageNames.length, 13);
  assert.equal(tables.size, 27);
  assert.equal(tables.has('spanish_lock'), false);
  assert.deepEqual(Object.keys(digests).toSorted(), [...tables.keys()].toSorted());
});

for (const [name, characters] of tables) {
  test(`${name} is what was found equal to the published table`, () => {
    const digest = createHash('sha256').update(JSON.stringify(characters)).digest('hex');
    assert.equal(digest, digests[name]);
  });
}

const pairs: readonly Shifts[] = lockingTables.flatMap((locking) =>
  singleTables.map((single) => ({ locking, single })),
);

/** Where a pair of tables has each character, as octets in hexadecimal: in the main table, else behind an escape. */
function placesOf(main: readonly string[], shifted: readonly string[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  const add = (character: string, ...octets: number[]) => {
    const known = places.get(character) ?? [];
    places.set(character, [...known, Buffer.from(octets).toString('hex')]);
  };
  for (const [octet, character] of main.entries()) if (character && octet !== ESCAPE) add(character, octet);
  const inMain = new Set(places.keys());
  for (const [octet, character] of shifted.entries()) {
    if (character && octet !== ESCAPE && !inMain.has(character)) add(character, ESCAPE, octet);
  }
  return places;
}

function checkDecoding(main: readonly string[], shifted: readonly string[], shifts: Shifts): void {
  for (let octet = 0; octet < PLACES; octet++) {
    const shownInMain = octet === ESCAPE ? ' ' : main[octet] || '\ufffd';
    assert.equal(decodeGsm7(Uint8Array.of(octet), shifts), shownInMain, `octet ${octet}`);
    const shownBehind = octet === ESCAPE ? ' ' : shifted[octet] || shownInMain;
    assert.equal(decodeGsm7(Uint8Array.of(ESCAPE, octet), shifts), shownBehind, `octet ${octet} escaped`);
  }
}

/** Every UTF-16 code unit: written as a place of its own, or not at all. */
function checkEncoding(main: readonly string[], shifted: readonly string[], shifts: Shifts): void {
  const places = placesOf(main, shifted);
  for (let unit = 0; unit <= 0xffff; unit++) {
    const octets = encodeGsm7(String.fromCharCode(unit), shifts)?.toString('hex');
    const expected = places.get(String.fromCharCode(unit));
    const fits = expected === undefined ? octets === undefined : octets !== undefined && expected.includes(octets);
    if (!fits) assert.fail(`U+${unit.toString(16)} is written as ${octets ?? 'nothing'}`);
  }
}

test('every octet of every pair of tables shows its character', () => {
  for (const shifts of pairs) {
    checkDecoding(tables.get(fileOf(shifts.locking, 'lock'))!, tables.get(fileOf(shifts.single, 'shift'))!, shifts);
  }
});

test('every code point is written as each pair of tables says', () => {
  for (const shifts of pairs.filter(
    ({ locking, single }) => locking === single || [locking, single].includes('default'),
  )) {
    checkEncoding(tables.get(fileOf(shifts.locking, 'lock'))!, tables.get(fileOf(shifts.single, 'shift'))!, shifts);
  }
});

test('Kannada U+0CAA is written where its neighbours in Unicode stand, though 0x24 shows it too', () => {
  const kannada: Shifts = { ...noShifts, locking: 'kannada' };
  assert.equal(decodeGsm7(Uint8Array.of(0x24, 0x3d), kannada), '\u0caa\u0caa');
  assert.deepEqual([...encodeGsm7('\u0caa', kannada)!], [0x3d]);
});

const dataFolder = process.env.SALLYPORT_TEST_DATA ?? join(import.meta.dirname, '../../../../shared/data');
const published = join(dataFolder, 'gsm-tables');

const names: Readonly<Record<string, string>> = { SP: ' ', LF: '\n', CR: '\r', QM: '"' };
const characterOf = (cell: string): string =>
  names[cell] ?? (cell.length === 4 ? String.fromCharCode(Number.parseInt(cell, 16)) : cell);

/** Some of the files leave empty cells without quotes, and some end their lines in LF alone. */
const cellsOf = (line: string): string[] =>
  Array.from(line.matchAll(/(?:^|,)(?:"(?<quoted>[^"]*)"|(?<bare>[^,"]*))/g), ({ groups }) =>
    characterOf(groups?.quoted ?? groups?.bare ?? ''),
  );

/** A table in CSV: a row for each low nibble and a column for each high one. The escape is written as a space. */
function readTable(name: string): string[] {
  const lines = readFileSync(join(published, `${name}.csv`), 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .slice(1);
  const characters: string[] = [];
  for (const [low, line] of lines.entries()) {
    for (const [high, character] of cellsOf(line).slice(1).entries()) characters[high * 16 + low] = character;
  }
  assert.equal(characters[ESCAPE], ' ');
  characters[ESCAPE] = '';
  return characters;
}

test('the published tables agree in every place, both ways', (t) => {
  if (!existsSync(published)) {
    t.diagnostic('the public GSM tables are not here (set SALLYPORT_TEST_DATA): held by their digests only');
    assert.equal(Object.keys(digests).length, tables.size);
    return;
  }
  for (const [name, characters] of tables) assert.deepEqual(characters, readTable(name), name);
  for (const language of languageNames) {
    const shifted = readTable(fileOf(language, 'shift'));
    for (const locking of locks(language) ? (['default', language] as const) : (['default'] as const)) {
      const main = readTable(fileOf(locking, 'lock'));
      checkDecoding(main, shifted, { locking, single: language });
      checkEncoding(main, shifted, { locking, single: language });
    }
  }
});
