import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeGsm7 } from '../text/gsm7.ts';
import { addressing, type SenderKind, senderKind } from './sender.ts';

const examples: Record<SenderKind, readonly string[]> = {
  short_code: ['123', '55555', '123456', '12345678', '000'],
  long_code: ['12025550143', '+12025550143', '+1 202 555 0143', '+447700900123'],
  alphanumeric: ['Bank', 'b', 'H&M', 'A B-C_D.E', "O'Neill", 'Elevenchars', '24/7 Shop', '1234567890a'],
};

test('each kind of sender is told', () => {
  for (const [kind, senders] of Object.entries(examples)) {
    for (const sender of senders) assert.equal(senderKind(sender), kind, sender);
  }
});

test('what is no sender is refused', () => {
  const refused = {
    empty: '',
    'two digits': '12',
    'nine digits of no number': '123456789',
    'twelve characters': 'Twelve chars',
    'no letter': '12-34',
    'outer spaces': ' Bank',
    'outer spaces behind': 'Bank ',
    'a letter outside ASCII': 'Bänk',
    'a look-alike letter': 'Ваnk',
    'an extension character': 'Bank[1]',
    'a line break': 'Bank\n',
    'a NUL': 'Bank\0',
    'a plus before a short code': '+55555',
  };
  for (const [why, sender] of Object.entries(refused)) assert.equal(senderKind(sender), null, why);
});

test('a name takes one septet a character and is ASCII', () => {
  for (let code = 0; code < 0x100; code++) {
    const character = String.fromCharCode(code);
    if (senderKind(`a${character}a`) === null) continue;
    assert.equal(encodeGsm7(character)?.length, 1, character);
    assert.ok(code >= 0x20 && code < 0x7f, character);
  }
});

test('each kind has its type of number and numbering plan', () => {
  assert.deepEqual(addressing('short_code'), { ton: 3, npi: 0 });
  assert.deepEqual(addressing('long_code'), { ton: 1, npi: 1 });
  assert.deepEqual(addressing('alphanumeric'), { ton: 5, npi: 0 });
});
