import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CountryCode, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/min/metadata';
import examples from 'libphonenumber-js/mobile/examples';
import { maskNumber, parseNumber } from './e164.ts';

test('a number is read with and without plus and separators', () => {
  const written = [
    '12025550143',
    '+12025550143',
    '+1 202 555 0143',
    '+1 (202) 555-0143',
    '(+1) 202.555.0143',
    '1-202-555-0143 ',
    ' +12025550143',
  ];
  for (const text of written) assert.equal(parseNumber(text), '12025550143', text);
  assert.equal(parseNumber('+44 7700 900123'), '447700900123');
});

test('what is not a possible number is refused', () => {
  const refused = {
    empty: '',
    'plus alone': '+',
    'separators alone': ' -.()',
    'a short code': '12345',
    'a digit short': '+1202555014',
    'a digit long': '+120255501430',
    'no calling code': '+0012025550143',
    'an international prefix': '0012025550143',
    'a trunk prefix': '+44 (0)7700 900123',
    'two pluses': '++12025550143',
    'a plus inside': '1+2025550143',
    letters: '+1202555O143',
    'an extension': '+12025550143;ext=1',
    'other digits': '+١٢٠٢٥٥٥٠١٤٣',
    'a line break': '+12025550143\n',
    'a NUL': '12025550143\0',
    'an unassigned calling code': '+21012345678',
    'sixteen digits': '+4912345678901234',
  };
  for (const [why, text] of Object.entries(refused)) assert.equal(parseNumber(text), null, why);
});

test('what is written at great length is not read', () => {
  assert.equal(parseNumber(`+1${' '.repeat(28)}2025550143`), '12025550143');
  assert.equal(parseNumber(`+1${' '.repeat(29)}2025550143`), null);
  assert.equal(parseNumber('1'.repeat(1_000_000)), null);
});

test('every country has a number that is read', () => {
  for (const country of Object.keys(metadata.countries) as CountryCode[]) {
    const example = getExampleNumber(country, examples, metadata);
    assert.ok(example, country);
    const digits = example.number.slice(1);
    assert.equal(parseNumber(example.number), digits.length < 8 ? null : digits, country);
  }
});

test('libphonenumber agrees on every calling code and length', () => {
  let possible = 0;
  for (let prefix = 100; prefix < 1000; prefix++) {
    for (let length = 8; length <= 15; length++) {
      const digits = `${prefix}${'2345678901234'.slice(0, length - 3)}`;
      const number = parsePhoneNumberFromString(`+${digits}`, { extract: false }, metadata);
      // Where it takes a national prefix for granted it judges another number.
      if (number && number.number !== `+${digits}`) continue;
      if (number?.isPossible()) {
        assert.equal(parseNumber(digits), digits);
        possible++;
      } else if (!number || metadata.country_calling_codes[number.countryCallingCode]?.length === 1) {
        assert.equal(parseNumber(digits), null, `${prefix}, ${length} digits`);
      }
    }
  }
  assert.ok(possible > 1000, `${possible} possible`);
});

test('a masked number shows its last two digits', () => {
  assert.equal(maskNumber('12025550143'), '+*********43');
  assert.equal(maskNumber('447700900123'), '+**********23');
});
