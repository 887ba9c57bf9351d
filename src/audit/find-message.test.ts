import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandClock } from '../../test/support/hand-clock.ts';
import { HOUR_MS, SECOND_MS } from '../base/clock.ts';
import { systemEntropy } from '../base/entropy.ts';
import { type Id, IdSource } from '../base/id.ts';
import { messageEntry } from './entry.ts';
import { findMessage, type SearchedStore } from './find-message.ts';

/** What a gateway at its full speed puts on record a second: an acceptance and an end of each message. */
const A_SECOND = 44_000;
const SIZE = 2 * 3600 * A_SECOND;
const BEGUN_MS = Date.UTC(2030, 0, 1);

const timeAt = (index: number): number => BEGUN_MS + Math.floor(index / A_SECOND) * SECOND_MS;
const entryAt = (index: number, messageId: Id): Buffer =>
  messageEntry({ state: 0, atMs: timeAt(index), accountId: 1, nodeId: 1, messageId });

/** Two hours of a log under full load, in rows of one second, in which one message has entries at some places. */
class BusyLog implements SearchedStore {
  readonly #id: Id;
  readonly #places: readonly number[];
  looked = 0;

  constructor(id: Id, places: readonly number[]) {
    this.#id = id;
    this.#places = places;
  }

  beginOf = (index: number) => Promise.resolve(index - (index % A_SECOND));
  beginningAt = (index: number) => Promise.resolve(entryAt(index, Buffer.alloc(16)));

  groupsWith(_: readonly [Buffer, Buffer], from: number, to: number) {
    this.looked += to - from;
    const found = this.#places.filter((place) => place >= from && place < to);
    return Promise.resolve(
      found.map((place) => {
        const entry = entryAt(place, this.#id);
        const entries = Buffer.concat([Buffer.of(0, entry.length), entry]);
        return { id: place, firstIndex: place, entryCount: 1, entries };
      }),
    );
  }
}

function accepted(afterSeconds: number) {
  const clock = new HandClock(BEGUN_MS + afterSeconds * SECOND_MS);
  return { id: new IdSource(clock, systemEntropy).next(), at: afterSeconds * A_SECOND };
}

const found = async (log: BusyLog, id: Id, laterMs: readonly number[] = []) => {
  const { entries, isWhole } = await findMessage(log, id, SIZE, laterMs);
  return { indexes: entries.map(({ index }) => index), isWhole };
};

test('a message is found in a log that has been under full load for hours', async () => {
  const { id, at } = accepted(5400);
  const places = [at + 7, at + 3 * A_SECOND];
  assert.deepEqual(await found(new BusyLog(id, places), id), { indexes: places, isWhole: false });
});

test('an end that came an hour later is found at the time the store has of it, and no gap is called whole', async () => {
  const { id, at } = accepted(1200);
  const [end, last] = [at + 3600 * A_SECOND, SIZE - 1];
  const log = new BusyLog(id, [at, end, last]);
  assert.deepEqual(await found(log, id), { indexes: [at], isWhole: false });
  assert.deepEqual(await found(log, id, [timeAt(at) + SECOND_MS, timeAt(end)]), { indexes: [at, end], isWhole: false });
  assert.deepEqual(await found(log, id, [timeAt(end), timeAt(last)]), { indexes: [at, end, last], isWhole: false });
});

test('a row that was placed long before its time is found, and what is looked through is bounded', async () => {
  const { id, at } = accepted(3600);
  const log = new BusyLog(id, [at - 60 * A_SECOND]);
  assert.deepEqual(await found(log, id), { indexes: [at - 60 * A_SECOND], isWhole: false });
  const nothing = new BusyLog(id, []);
  const many = Array.from({ length: 1000 }, (_, second) => BEGUN_MS + HOUR_MS + second * 60 * SECOND_MS);
  assert.deepEqual(await found(nothing, id, many), { indexes: [], isWhole: false });
  assert.ok(nothing.looked <= 2 * 5_000_000 + 16 * 3_000_000, String(nothing.looked));
});
