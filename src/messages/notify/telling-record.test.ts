import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type NoticesEntry, readNoticesEntry } from '../../audit/entry.ts';
import type { BatchWriter, Unit } from '../../store/index.ts';
import { GroupBuffer } from '../../store/rows.ts';
import { states } from '../states.ts';
import type { Notice } from './notice.ts';
import { TellingRecord } from './telling-record.ts';
import { tellings } from './tellings.ts';

const NOW_MS = 1_900_000_000_000;

/** Takes entries as the writer does, and gives them back as they were written. */
class Written {
  readonly entries: NoticesEntry[] = [];
  readonly #group = new GroupBuffer();
  #from = 0;

  readonly writer = {
    beginEntry: () => {
      this.#from = this.#group.end;
      return this.#group;
    },
    endRow: () => {},
    add: (unit: Unit) => {
      assert.ok(unit.mustHold);
      this.entries.push(readNoticesEntry(Buffer.from(this.#group.bytes.subarray(this.#from + 2, this.#group.end)))!);
    },
  } as unknown as BatchWriter;
}

function opened() {
  const written = new Written();
  const clock = { now: () => NOW_MS } as never;
  return { written, record: new TellingRecord({ writer: written.writer, clock, nodeId: 4 }) };
}

const noticeOf = (number: number, about: Partial<Notice> = {}): Notice =>
  ({ accountId: 1, credentialId: 2, messageId: Buffer.alloc(16, number), state: 'delivered', ...about }) as Notice;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('what is answered in one go is one entry, and the next turn begins another', async () => {
  const { written, record } = opened();
  for (const number of [1, 2, 3]) record.add(noticeOf(number), 'told_by_smpp', 1);
  assert.equal(written.entries.length, 0);
  await turn();
  record.add(noticeOf(4), 'told_by_smpp', 1);
  await turn();
  assert.deepEqual(
    written.entries.map(({ messageIds }) => messageIds.map((id) => id[0])),
    [[1, 2, 3], [4]],
  );
  const { messageIds: _, ...shared } = written.entries[0]!;
  const state = tellings.told_by_smpp + states.delivered.number;
  assert.deepEqual(shared, { state, attempts: 1, atMs: NOW_MS, accountId: 1, credentialId: 2, nodeId: 4 });
});

test('what differs in whose it is, in what was told, how, or how often, is an entry of its own', async () => {
  const { written, record } = opened();
  record.add(noticeOf(1), 'told_by_smpp', 1);
  record.add(noticeOf(2, { accountId: 9 }), 'told_by_smpp', 1);
  record.add(noticeOf(3, { credentialId: 9 }), 'told_by_smpp', 1);
  record.add(noticeOf(4, { state: 'expired' }), 'told_by_smpp', 1);
  record.add(noticeOf(5), 'not_told_by_smpp', 1);
  record.add(noticeOf(6), 'told_by_smpp', 2);
  await turn();
  assert.deepEqual(
    written.entries.map(({ messageIds }) => messageIds.map((id) => id[0])),
    [[1], [2], [3], [4], [5], [6]],
  );
});

test('no entry has more than 64 messages, and none is lost', async () => {
  const { written, record } = opened();
  for (let number = 0; number < 150; number++) record.add(noticeOf(number), 'told_by_smpp', 1);
  await turn();
  assert.deepEqual(
    written.entries.map(({ messageIds }) => messageIds.length),
    [64, 64, 22],
  );
});
