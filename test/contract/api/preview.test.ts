import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { languageNames } from '../../../src/wire/text/languages.ts';
import { type Door, openDoor } from '../../support/api-door.ts';

let door: Door;
before(async () => {
  door = await openDoor();
});
after(() => door.close());

const preview = (body: unknown) => door.client.post('/v1/messages/preview', { key: door.key, body });

test('a text is told its coding, its SMS and where each ends', async () => {
  const { status, body } = await preview({ text: `${'a'.repeat(152)}€ and so on` });
  assert.equal(status, 200);
  assert.deepEqual(body, {
    encoding: 'gsm7',
    languages: { locking: null, single: null },
    segments: 2,
    parts: [
      { number: 1, from: 0, to: 152, used: 152, room: 153 },
      { number: 2, from: 152, to: 163, used: 12, room: 153 },
    ],
    notInGsm7: [],
    withNationalLanguages: null,
    maxSegments: door.messages.maxSegments,
  });
});

test('what forces UCS-2 is named, and what national languages would save', async () => {
  const text = 'ş'.repeat(100);
  const { body } = await preview({ text });
  assert.deepEqual([body.encoding, body.segments, body.notInGsm7], ['ucs2', 2, ['U+015F']]);
  const national = body.withNationalLanguages as { segments: number; languages: unknown };
  assert.deepEqual([national.segments, national.languages], [1, { locking: 'turkish', single: null }]);
  for (const languages of [[], ['hindi']])
    assert.equal((await preview({ text, languages })).body.withNationalLanguages, null);
});

test('every language may be named, and no other word', async () => {
  assert.equal((await preview({ text: 'Hi', languages: languageNames })).status, 200);
  for (const languages of [['klingon'], ['Turkish'], [1], 'turkish', [...languageNames, 'hindi']]) {
    assert.equal((await preview({ text: 'Hi', languages })).body.code, 'invalid_request');
  }
});

test('a message is previewed as it would be sent, and is not sent', async () => {
  const message = { to: '+12025550143', from: '12345', text: 'Hello', class: 'otp', validitySeconds: 60 };
  const { status, body } = await preview(message);
  assert.deepEqual([status, body.segments], [200, 1]);
  assert.equal((await preview({ ...message, sender: 'x' })).body.code, 'invalid_request');
  assert.deepEqual(door.messages.submissions, []);
});

const refusals: [name: string, text: unknown, status: number, code: string][] = [
  ['no text', '', 422, 'text_empty'],
  ['a text beyond what can be numbered', 'ж'.repeat(255 * 67 + 1), 422, 'text_too_long'],
  ['half a character', 'a\ud83d', 422, 'invalid_request'],
  ['a text that is none', 7, 422, 'invalid_request'],
  ['more than a request may hold', 'a'.repeat(70_000), 413, 'body_too_large'],
];

for (const [name, text, status, code] of refusals) {
  test(`refused: ${name}`, async () => {
    const answer = await preview({ text });
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
  });
}

test('a key that may not send may not ask', async () => {
  const key = door.administration.key('acme', { verbs: ['read'] });
  const { status, body } = await door.client.post('/v1/messages/preview', { key, body: { text: 'Hi' } });
  assert.deepEqual([status, body.code], [403, 'verb_not_allowed']);
});
