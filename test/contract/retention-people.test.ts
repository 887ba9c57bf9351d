import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeDays } from '../../src/store/index.ts';
import { DAY_MS, dayText, ended, inForce, meet, moveTo, partitionOf, today } from '../support/old-days.ts';
import { OTHER_PERSON, PERSON, PrivacyStage } from '../support/privacy-stage.ts';

const PART = `INSERT INTO inbound_part VALUES ($1, gen_random_uuid(), 1, 2, 8, 7, gen_random_uuid(), $2, 1, 1, '10666', 0, 0, now(), now() + interval '1 hour', false, '\\x00')`;

describe('erasure of people', () => {
  it('finds those of whom there is no message: met only, with a part of one, or whose days were dropped', async () => {
    await using stage = await PrivacyStage.open();
    await meet(stage, PERSON, today());
    const withPart = await meet(stage, OTHER_PERSON, today());
    await stage.owner.query(PART, [stage.accountId, withPart]);
    for (const [number, parts] of [
      [PERSON, 0],
      [OTHER_PERSON, 1],
    ] as const) {
      const erased = await stage.erase(number);
      assert.ok(!('code' in erased));
      assert.deepEqual([erased.messages, erased.parts], [0, parts]);
    }
    for (const table of ['recipient', 'vault.recipient_key', 'inbound_part'])
      assert.deepEqual(await stage.rows(table), [], table);
    assert.equal((await stage.rows('vault.tombstone')).length, 2);
  });
});

// Nothing is sent, so that nothing is written while partitions are made and moved.
describe('retention of people', () => {
  it('ends people of whom there never was a message, or none is left, and nobody who is known by anything', async () => {
    await using stage = await PrivacyStage.open(0);
    const [old, young] = [today() - 397, today() - 396];
    await meet(stage, '+12025550151', old);
    const kept = [await meet(stage, '+12025550152', young)];
    const sender = await meet(stage, '+12025550153', old);
    await stage.rivers.accepted(stage.node, { to: '+12025550153' });
    const held = await meet(stage, '+12025550154', old);
    await inForce(stage, { number: '+12025550154' });
    kept.push(sender, held);
    await stage.office.retention.round();
    const left = (await stage.rows('recipient')).map((row) => (JSON.parse(row) as { id: number }).id);
    assert.deepEqual(new Set(left), new Set(kept));
    assert.equal((await stage.rows('vault.recipient_key')).length, 3);
    assert.deepEqual(await ended(stage), [`datum:recipient ${dayText(old)} 1`]);
    // Who is known is looked at again when the day of that ends, and not in every round.
    const seen = await stage.owner.query<{ day: number }>(
      `SELECT seen_on - date 'epoch' AS day FROM recipient WHERE id = ANY ($1) ORDER BY id = $2`,
      [[sender, held], held],
    );
    assert.deepEqual(
      seen.rows.map(({ day }) => day),
      [today(), young],
    );
  });

  it('keeps the key of a person of whom an older message is held, when the day of a younger one ends', async () => {
    await using stage = await PrivacyStage.open(0);
    await stage.rivers.accepted(stage.node, { to: PERSON });
    const older = today() - 410;
    await moveTo(stage, older);
    await inForce(stage, { toDay: older });
    await stage.rivers.accepted(stage.node, { to: PERSON });
    const younger = today() - 398;
    await makeDays(stage.rivers.base.database.engine, younger, younger);
    const high = (younger * DAY_MS).toString(16).padStart(12, '0');
    await stage.owner.query(
      `UPDATE message SET id = ($1 || right(id::text, 23))::uuid WHERE id >= first_id(current_date)`,
      [`${high.slice(0, 8)}-${high.slice(8)}`],
    );
    await stage.office.retention.round();
    assert.equal(await partitionOf(stage, younger), null);
    assert.notEqual(await partitionOf(stage, older), null);
    assert.equal((await stage.rows('vault.recipient_key')).length, 1);
  });

  it('ends every day that can be ended, whatever keeps another from its end', async () => {
    await using stage = await PrivacyStage.open(0);
    const { engine } = stage.rivers.base.database;
    const [stuck, free] = [today() - 400, today() - 399];
    await makeDays(engine, stuck, free);
    await stage.rivers.base.vault.prepareDays([stage.accountId], [stuck]);
    await meet(stage, PERSON, stuck);
    await stage.owner.query('BEGIN');
    await stage.owner.query(`SELECT FROM message_${dayText(stuck).replaceAll('-', '')}`);
    await assert.rejects(stage.office.retention.round(), /lock timeout/);
    await stage.owner.query('COMMIT');
    assert.notEqual(await partitionOf(stage, stuck), null);
    assert.equal(await partitionOf(stage, free), null);
    await stage.office.retention.round();
    assert.equal(await partitionOf(stage, stuck), null);
    assert.deepEqual(await stage.rows('recipient'), []);
  });
});
