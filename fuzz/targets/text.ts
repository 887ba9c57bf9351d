import assert from 'node:assert/strict';
import { parseSmppTime } from '../../src/wire/smpp/times.ts';
import { defaultAlphabets, fromDefaultAlphabet, toDefaultAlphabet } from '../../src/wire/text/default-alphabet.ts';
import { decodeText, encodeText } from '../../src/wire/text/encode.ts';
import { kindsOf } from '../../src/wire/text/kinds.ts';
import { countSegments, cutSegments, MAX_SEGMENTS } from '../../src/wire/text/segments.ts';
import { isConcatenationOnly, readHeader, writeElements } from '../../src/wire/text/user-data-header.ts';
import { type Target, words } from '../target.ts';

const elements = [
  '\x05\x00\x03\x2a\x02\x01',
  '\x06\x08\x04\x01\x02\x02\x01',
  '\x03\x24\x01\x03',
  '\x03\x25\x01\x01',
  '\x06\x05\x04\x0b\x84\x23\xf0',
];

/** A header in front of user data: what it says is within it, and what it holds is written again as it was. */
export const header: Target = {
  name: 'header',
  modules: /src\/wire\/text\/(?:user-data-header|kinds|data-coding)\.ts$/,
  maxBytes: 300,
  dictionary: words(
    ...elements,
    '\x00\x03',
    '\x08\x04',
    '\x05\x04',
    '\x04\x02',
    '\x24\x01',
    '\x25\x01',
    '\x70',
    '\x01',
  ),
  seeds: () => words('\x00\x00', ...elements.map((element) => `\x00\x00${element}text`)),
  run(input) {
    const [dataCoding = 0, protocolId = 0] = input;
    const octets = input.subarray(2);
    const found = readHeader(octets);
    assert.ok(found.bytes >= 0 && found.bytes <= octets.length, 'text begins within the octets');
    for (const { id, data } of found.elements) assert.ok(id <= 0xff && data.length <= octets.length);
    if (found.flaw === null) {
      const body = Buffer.from(octets.subarray(1, found.bytes));
      assert.deepEqual(writeElements(found.elements), body, 'elements are written as they were read');
      const again = readHeader(Buffer.concat([Buffer.from([body.length]), body]));
      assert.deepEqual({ ...again }, { ...found });
    }
    isConcatenationOnly(octets);
    kindsOf({ dataCoding, protocolId, octets, hasHeader: true }, []);
    kindsOf({ dataCoding, protocolId, octets, hasHeader: false }, [{ tag: 0x020b, value: octets }]);
  },
};

const TIMES = ['260101120000000+', '000007000000000R', '991399999999999-', '260229000000000+'];

/** Octets in every coding: text that is read is written and read again as the same, and cut where no character is. */
export const text: Target = {
  name: 'text',
  modules:
    /src\/wire\/(?:text\/(?:encode|gsm7|ucs2|segments|default-alphabet|packed|cheapest|data-coding)|smpp\/times)\.ts$/,
  maxBytes: 400,
  dictionary: words('\x1b', '\x1be', '\x1b\x1b', '\xd8\x3d\xde\x00', '\xfe\xff', '\xff\xfe', '\x00A', '@', ...TIMES),
  seeds: () => [
    ...[0, 1, 3, 8, 4, 0xf0].map((coding) =>
      Buffer.concat([Buffer.from([coding, 0]), Buffer.from('Hello [\x1be] world')]),
    ),
    Buffer.concat([Buffer.from([8, 1]), Buffer.from('Grüße 😀', 'utf16le').swap16()]),
    ...words(...TIMES.map((time) => `\x00\x02${time}`)),
  ],
  run(input) {
    const [dataCoding = 0, flags = 0] = input;
    const octets = input.subarray(2);
    const decoded = decodeText(octets, dataCoding);
    if (decoded !== null) checkText(decoded);
    const alphabet = defaultAlphabets[flags % defaultAlphabets.length]!;
    const hasHeader = (flags & 0x80) !== 0;
    fromDefaultAlphabet(octets, hasHeader, alphabet);
    toDefaultAlphabet(octets, hasHeader, alphabet);
    const time = parseSmppTime(octets.toString('latin1', 0, 17), 0);
    assert.ok(time === null || Number.isSafeInteger(time.atMs));
  },
};

function checkText(decoded: string): void {
  const encoded = encodeText(decoded);
  if (encoded === null) {
    const isSound = decoded.isWellFormed() && !decoded.includes('\ufffe');
    return assert.ok(!isSound, 'what is sound has a coding');
  }
  const { octets, dataCoding } = encoded;
  // A byte order mark at the beginning is read as one, and is no part of the text.
  if (decoded.startsWith('\ufeff')) return;
  assert.equal(decodeText(octets, dataCoding), decoded);
  if (countSegments(octets, dataCoding) > MAX_SEGMENTS) return;
  const parts = cutSegments(octets, dataCoding, 7);
  const headerOctets = parts.length > 1 ? 6 : 0;
  for (const part of parts) assert.ok(decodeText(part.subarray(headerOctets), dataCoding)!.isWellFormed());
  const joined = decodeText(Buffer.concat(parts.map((part) => part.subarray(headerOctets))), dataCoding);
  assert.equal(joined, decoded, 'the parts are the text');
}
