import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageNames } from './languages.ts';
import { type Preview, previewText } from './preview.ts';

function preview(text: string, languages = languageNames): Preview {
  const answer = previewText(text, languages);
  assert.ok(answer !== null && answer !== 'too long');
  return answer;
}

test('a text in the default alphabet needs no more than itself', () => {
  assert.deepEqual(preview('Hello'), {
    encoding: 'gsm7',
    languages: { locking: null, single: null },
    segments: 1,
    parts: [{ number: 1, from: 0, to: 5, used: 5, room: 160 }],
    notInGsm7: [],
    withNationalLanguages: null,
  });
});

test('the characters that force UCS-2 are named, each once and twenty at most', () => {
  assert.deepEqual(preview('Hi 😀✓😀 €').notInGsm7, ['U+1F600', 'U+2713']);
  const many = Array.from({ length: 40 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join('');
  assert.equal(preview(many).notInGsm7.length, 20);
});

test('what national languages would save is told beside it', () => {
  const { encoding, segments, withNationalLanguages } = preview('ş'.repeat(100));
  assert.deepEqual([encoding, segments], ['ucs2', 2]);
  assert.deepEqual(withNationalLanguages, {
    encoding: 'gsm7',
    languages: { locking: 'turkish', single: null },
    segments: 1,
    parts: [{ number: 1, from: 0, to: 100, used: 100, room: 155 }],
  });
  assert.equal(preview('ş'.repeat(100), ['hindi']).withNationalLanguages, null);
  assert.equal(preview('ş'.repeat(60)).withNationalLanguages, null);
});

test('segments are pieces of the text in its own units', () => {
  const text = `${'ж'.repeat(66)}😀 and so on`;
  const pieces = preview(text).parts.map(({ from, to }) => text.slice(from, to));
  assert.deepEqual(pieces, ['ж'.repeat(66), '😀 and so on']);
});

test('a text that cannot be sent has no preview', () => {
  assert.equal(previewText('\ud83d', languageNames), null);
  assert.equal(previewText('a'.repeat(255 * 153 + 1), languageNames), 'too long');
  assert.notEqual(previewText('a'.repeat(255 * 153), languageNames), 'too long');
});
