import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  DIGEST_BYTES,
  entryBytes,
  MESSAGE_ENTRY_BYTES,
  noticesEntryBytes,
  readNoticesEntry,
  writeMessageEntry,
  writeNoticesEntry,
} from './entry.ts';
import { viewEntry } from './entry-view.ts';

const stateName = (number: number): string => `state${number}`;

it('an action is shown as it was recorded', () => {
  const actor = { who: 'operator:local', from: 'control socket' };
  const recorded = { atMs: 1_900_000_000_123, what: 'credential.made', on: ['credential:1'], outcome: 'done' } as const;
  const bytes = entryBytes({ ...recorded, ...actor, why: 'new till', about: { name: 'till' } });
  assert.deepEqual(viewEntry(7, bytes, stateName), {
    index: 7,
    kind: 'change',
    ...recorded,
    ...actor,
    why: 'new till',
    about: { name: 'till' },
  });
});

it('of a message nothing is shown but numbers of the gateway, whatever its octets are', () => {
  for (const length of [MESSAGE_ENTRY_BYTES, MESSAGE_ENTRY_BYTES + DIGEST_BYTES]) {
    const bytes = Buffer.alloc(length, 0x7f);
    const ids = { accountId: 1, credentialId: 2, carrierId: 3, nodeId: 4, code: 5, segment: 6 };
    writeMessageEntry(bytes, 0, { state: 10, atMs: 1_900_000_000_123, messageId: Buffer.alloc(16, 0xab), ...ids });
    const view = viewEntry(8, bytes, stateName)!;
    const id = 'abababab-abab-abab-abab-abababababab';
    assert.deepEqual(view, {
      index: 8,
      atMs: 1_900_000_000_123,
      what: 'message.state10',
      kind: 'message',
      who: length === MESSAGE_ENTRY_BYTES ? 'gateway:4' : 'credential:2',
      from: null,
      on: [`message:${id}`, 'account:1'],
      why: null,
      outcome: 'done',
      about: {
        segment: 6,
        credential: 2,
        carrier: 3,
        code: 5,
        digest: length === MESSAGE_ENTRY_BYTES ? null : '7f'.repeat(DIGEST_BYTES),
      },
    });
  }
});

it('notices that were answered in one go are shown with all their messages', () => {
  const messageIds = [Buffer.alloc(16, 0xab), Buffer.alloc(16, 0xcd)];
  const bytes = Buffer.alloc(noticesEntryBytes(messageIds.length));
  const about = { state: 138, attempts: 2, atMs: 1_900_000_000_123, accountId: 1, credentialId: 2, nodeId: 4 };
  writeNoticesEntry(bytes, 0, { ...about, messageIds });
  assert.deepEqual(readNoticesEntry(bytes), { ...about, messageIds });
  assert.deepEqual(viewEntry(9, bytes, stateName), {
    index: 9,
    atMs: 1_900_000_000_123,
    what: 'message.state138',
    kind: 'message',
    who: 'gateway:4',
    from: null,
    on: ['message:abababab-abab-abab-abab-abababababab', 'message:cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd', 'account:1'],
    why: null,
    outcome: 'done',
    about: { credential: 2, attempts: 2 },
  });
  for (const cut of [1, 15, 16, 31, 32]) {
    const read = readNoticesEntry(bytes.subarray(0, bytes.length - cut));
    assert.deepEqual(read?.messageIds ?? null, cut === 16 ? [messageIds[0]] : null);
  }
});

it('octets that are no entry are shown as none', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('{'), Buffer.alloc(MESSAGE_ENTRY_BYTES + 1, 1)])
    assert.equal(viewEntry(1, bytes, stateName), null);
});

it('an action that is spelt in a way that two readers may read differently is shown as none', () => {
  const actor = { who: 'operator:local', from: null };
  const good = entryBytes({
    atMs: 1_900_000_000_123,
    what: 'account.made',
    on: ['account:1'],
    outcome: 'done',
    ...actor,
  });
  assert.notEqual(viewEntry(1, good, stateName), null);
  const text = good.toString();
  for (const forged of [
    '123',
    'null',
    '"text"',
    '[]',
    '{}',
    ` ${text}`,
    text.replace('"who":', '"who":"operator:other","who":'),
    text.replace('account.made', String.raw`account\u002emade`),
    text.replace('["account:1"]', '"account:1"'),
    text.replace('["account:1"]', '[1]'),
    text.replace('"from":null', '"from":1'),
    text.replace('"why":null', '"why":{}'),
    text.replace(/"at":"[^"]+"/, '"at":"yesterday"'),
    text.replace(/"at":"[^"]+",/, ''),
    text.replace('}', ',"about":{"deep":{}}}'),
  ])
    assert.equal(viewEntry(1, Buffer.from(forged), stateName), null, forged);
  const noText = Buffer.from(text.replace('operator:local', 'operator:?'));
  noText[noText.indexOf('?')] = 0xff;
  assert.equal(viewEntry(1, noText, stateName), null);
});
