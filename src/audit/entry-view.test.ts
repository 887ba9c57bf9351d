import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DIGEST_BYTES, entryBytes, MESSAGE_ENTRY_BYTES, writeMessageEntry } from './entry.ts';
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

it('octets that are no entry are shown as none', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('{'), Buffer.alloc(MESSAGE_ENTRY_BYTES + 1, 1)])
    assert.equal(viewEntry(1, bytes, stateName), null);
});
