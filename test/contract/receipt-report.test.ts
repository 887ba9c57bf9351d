import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { MessageStore } from '../../src/messages/message-store.ts';
import { UnmatchedStore } from '../../src/messages/receipt/unmatched-store.ts';
import { HandRivers, onRecord, SENDER, TO } from '../support/hand-river.ts';

const MINUTE_MS = 60_000;
const UP = { north: { isUp: true, room: 10_000 } };

describe('the report of receipts', () => {
  it('tells 1,000 of a carrier and day apart and counts the others, and forgets after 90 days', async () => {
    await using rivers = await HandRivers.make(['north']);
    const store = new UnmatchedStore(rivers.base.database.engine);
    const nowMs = Date.UTC(2030, 0, 1, 12);
    const entry = (at: number) => ({
      carrierId: 1,
      reference: `r${at}`,
      state: 'delivered',
      why: 'unmatched' as const,
      code: 0,
      handset: null,
      atMs: nowMs,
    });
    await store.add(Array.from({ length: 600 }, (_, at) => entry(at)));
    await store.add(Array.from({ length: 605 }, (_, at) => entry(at + 400)));
    const { engine } = rivers.base.database;
    const { rows } = await engine.query<{ rows: number; count: number; others: number }>(
      `SELECT count(*)::int4 AS rows, sum(count)::int4 AS count, sum(count) FILTER (WHERE reference = '')::int4 AS others
       FROM unmatched_receipt`,
    );
    assert.deepEqual(rows, [{ rows: 1001, count: 1205, others: 5 }]);
    const [latest] = await store.list(1);
    assert.deepEqual([latest!.day, latest!.firstSeenMs, latest!.lastSeenMs], ['2030-01-01', nowMs, nowMs]);
    await store.forgetOld(nowMs + 90 * 86_400_000);
    assert.equal((await store.list(null)).length, 1000);
    await store.forgetOld(nowMs + 91 * 86_400_000);
    assert.equal((await store.list(null)).length, 0);
  });

  it('counts messages that never had one, by carrier and day of sending', async () => {
    await using rivers = await HandRivers.make(['north']);
    await using node = await rivers.open(UP);
    const { north } = node.carriers;
    for (let at = 1; at <= 2; at++) {
      await rivers.accepted(node);
      north.events.handedOver((await north.takes(at))[at - 1]!, { kind: 'sent', reference: `n${at}` });
    }
    const id = await rivers.accepted(node);
    const [, , told] = await north.takes(3);
    north.events.handedOver(told!, { kind: 'sent', reference: 'n3' });
    await rivers.until(node, id, 'sent');
    const { promise, resolve } = Promise.withResolvers<boolean>();
    north.events.receipt({ reference: 'n3', outcome: 'delivered', code: 0, handset: TO, sender: SENDER }, resolve);
    await promise;
    const store = new MessageStore(rivers.base.database.engine);
    const nowMs = systemClock.now();
    assert.equal(await store.markUnknown(nowMs - MINUTE_MS, nowMs + MINUTE_MS, 1, nowMs), 2);
    assert.equal((await onRecord(rivers, 'unknown')).length, 2);
    const { missing } = await node.flow.river.receiptReport(1);
    assert.deepEqual(
      missing.map(({ count: messages, carrierId }) => [carrierId, messages]),
      [[1, 2]],
    );
  });
});
