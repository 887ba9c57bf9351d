import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditEntry, plainEntry } from './audit-words.ts';

const entry = (more: Partial<AuditEntry>): AuditEntry => ({
  index: 412,
  at: '2030-01-01T00:00:00.000Z',
  what: 'message.delivered',
  who: 'gateway:1',
  from: null,
  on: ['message:a', 'account:3'],
  why: null,
  outcome: 'done',
  about: null,
  ...more,
});

test('of what became of a message only that is shown that says something', () => {
  const about = { segment: 0, credential: 0, carrier: 2, code: 0, digest: null };
  assert.equal(
    plainEntry(entry({ about })),
    '     412  2030-01-01 00:00:00.000Z  message.delivered by gateway:1 on message:a account:3 carrier=2',
  );
  assert.match(plainEntry(entry({ about: { ...about, segment: 2, code: 11 } })), /segment=2 carrier=2 code=11$/);
  assert.match(plainEntry(entry({ what: 'retention.ended', about: { rows: 0 } })), /rows=0$/);
});

test('of an entry about many messages the one that was asked for is shown, and how many more there are', () => {
  const on = [...Array.from({ length: 64 }, (_, at) => `message:${at}`), 'account:3'];
  assert.match(plainEntry(entry({ on })), /on message:0 message:1 message:2 and 62 more$/);
  assert.match(plainEntry(entry({ on }), 'message:40'), /on message:40 message:0 message:1 and 62 more$/);
  const four = ['message:1', 'message:2', 'message:3', 'account:3'];
  assert.match(plainEntry(entry({ on: four })), /on message:1 message:2 message:3 account:3$/);
});

test('nothing in an entry steers the terminal of who reads it', () => {
  const shown = plainEntry(entry({ why: '\u001b[2J\u009b2J\u202egone', on: ['message:\nforged'] }));
  assert.doesNotMatch(shown, /[\p{Cc}\u202e]/u);
});
