import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { IdSource, idText } from '../../src/base/id.ts';
import { doubtWhatMayHaveLeft } from '../../src/messages/restored-store.ts';
import { ownDatabase } from '../support/hooks.ts';

const HAND_OFF = { atOnce: 0, waits: 1, scheduled: 2 } as const;
const ids = new IdSource(systemClock, systemEntropy);

describe('in a database that was restored', () => {
  const db = ownDatabase();

  async function message(handOff: number, direction = 0): Promise<string> {
    const id = idText(ids.next());
    await db.owner.query(
      `INSERT INTO message (account_id, id, recipient_id, credential_id, carrier_id, node_id, direction, class, data_coding,
         flags, segments, hand_off, expires_at, sender, body) VALUES (1, $1, 1, 1, 1, 1, $3, 0, 0, 0, 1, $2, now(), '10666', '')`,
      [id, handOff, direction],
    );
    return id;
  }
  const sent = (id: string) =>
    db.owner.query('INSERT INTO message_event VALUES (1, $1, now(), 5, 0, 1, 1, 0, NULL)', [id]);
  const waits = (id: string, what: number, dueMs: number) =>
    db.owner.query(
      `INSERT INTO waiting (account_id, message_id, what, state, credential_id, due_at, attempts, event_at)
       VALUES (1, $1, $2, 0, 1, now() + make_interval(secs => $3::float8 / 1000), 0, now())`,
      [id, what, dueMs],
    );

  it('what waited and may have left is taken by a node that is no more, and nothing else is', async () => {
    await message(HAND_OFF.waits); // older than the mark: its outcome is stored
    await db.owner.query(`INSERT INTO node (lease_until, open_from, events_from) VALUES (now(), $1, now())`, [
      idText(ids.next()),
    ]);
    const [backlog, gone] = [await message(HAND_OFF.waits), await message(HAND_OFF.waits)];
    await message(HAND_OFF.atOnce);
    await message(HAND_OFF.waits, 1);
    const [due, later, owed] = [
      await message(HAND_OFF.scheduled),
      await message(HAND_OFF.scheduled),
      await message(HAND_OFF.atOnce),
    ];
    await sent(gone);
    await waits(due, 0, -1000);
    await waits(later, 0, HOUR_MS);
    await waits(owed, 1, -1000);
    const backedUpAtMs = systemClock.now() - HOUR_MS;
    assert.equal(await doubtWhatMayHaveLeft(db.owner, backedUpAtMs, systemClock.now()), 2);
    const taken = await db.owner.query<{ message_id: string; node_id: number }>(
      'SELECT message_id, node_id FROM message_event WHERE state = 2',
    );
    assert.deepEqual(taken.rows.map((row) => row.message_id).toSorted(), [backlog, due].toSorted());
    const left = await db.owner.query<{ message_id: string }>('SELECT message_id FROM waiting');
    assert.deepEqual(left.rows.map((row) => row.message_id).toSorted(), [later, owed].toSorted());
    const lost = await db.owner.query<{ id: number; events_from: Date }>(
      'SELECT id, events_from FROM node WHERE ended_at IS NULL AND lease_until <= now() ORDER BY id DESC LIMIT 1',
    );
    assert.deepEqual(new Set(taken.rows.map((row) => row.node_id)), new Set([lost.rows[0]!.id]));
    assert.equal(lost.rows[0]!.events_from.getTime(), backedUpAtMs);
  });
});
