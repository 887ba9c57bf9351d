import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pool } from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { notRetained, Retention, retention } from '../../src/privacy/index.ts';
import { PrivacyOffice } from '../../src/privacy-office.ts';
import { makeDays } from '../../src/store/index.ts';
import {
  codeOf,
  DAY_MS,
  dayText,
  ended,
  hold,
  inForce,
  keptDays,
  moveTo,
  partitionOf,
  today,
} from '../support/old-days.ts';
import { OTHER_PERSON, PERSON, PrivacyStage } from '../support/privacy-stage.ts';

const CODE_WINDOW_MS = 600_000;
const fullDisk = (): Promise<never> => Promise.reject(new Error('the disk is full'));

describe('the table of retention', () => {
  it('has every table of the database, or a reason why not', async () => {
    await using stage = await PrivacyStage.open();
    const { rows } = await stage.owner.query<{ name: string }>(
      `SELECT CASE n.nspname WHEN 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('public', 'vault') ORDER BY 1`,
    );
    const retained = Object.values(retention).flatMap(({ tables }): readonly string[] => tables);
    const named = [...new Set([...retained, ...Object.keys(notRetained)])].toSorted();
    assert.deepEqual(named, rows.map(({ name }) => name).toSorted());
    assert.deepEqual(
      Object.keys(notRetained).filter((name) => retained.includes(name)),
      [],
    );
  });

  it('is changed within its bounds only, on record', async () => {
    await using stage = await PrivacyStage.open();
    const set = (datum: string, days: number, account: string | null = null) =>
      stage.office.setRetention({ datum, days, account, by: 'jane' });
    for (const [datum, row] of Object.entries(retention)) {
      const { bounds } = row;
      for (const days of bounds === null ? [30] : [bounds.least - 1, bounds.most + 1])
        assert.equal(codeOf(await set(datum, days)), 'invalid_request', `${datum} ${days}`);
    }
    assert.equal(codeOf(await set('message_record', 100, 'test')), 'invalid_request');
    assert.equal(codeOf(await set('nothing', 30)), 'not_found');
    assert.equal(codeOf(await set('message_body', 14, 'test')), null);
    assert.equal(codeOf(await set('message_record', 92)), null);
    assert.equal(codeOf(await set('message_body', 93)), 'invalid_request');
    const rows = await stage.office.showRetention();
    assert.deepEqual(rows.find(({ datum }) => datum === 'message_body')?.accounts, [{ account: 'test', days: 14 }]);
    const changes = (await stage.entries()).filter(({ what }) => what === 'retention.set');
    assert.deepEqual(
      changes.map(({ who, on, about }) => [who, on.at(-1), about?.days]),
      [
        ['operator:jane', 'datum:message_body', 14],
        ['operator:jane', 'datum:message_record', 92],
      ],
    );
  });
});

// Where days are moved nothing is sent, so that nothing is written while partitions are made and moved.
describe('retention', () => {
  it('makes noise of bodies in their time and not before, and keeps the record', async () => {
    await using stage = await PrivacyStage.open(0);
    await stage.rivers.accepted(stage.node, { to: PERSON });
    const old = today() - 31;
    await moveTo(stage, old);
    await stage.rivers.base.vault.prepareDays([stage.accountId], [old + 1]);
    await stage.office.retention.round();
    assert.deepEqual(
      (await keptDays(stage)).filter((day) => day < today() - 1),
      [old + 1],
    );
    assert.equal((await stage.rows('message')).length, 1);
    assert.deepEqual(await ended(stage), [`datum:message_body ${dayText(old)} 1`]);
    await stage.office.setRetention({ datum: 'message_body', days: 10, account: 'test', by: 'jane' });
    await stage.office.retention.round();
    await stage.office.retention.round();
    assert.equal((await ended(stage)).length, 2);
  });

  it('ends nothing before its time where the clock of a gateway has run ahead of that of the database', async () => {
    await using stage = await PrivacyStage.open(0);
    const { base, options } = stage.rivers;
    await stage.rivers.accepted(stage.node, { to: PERSON });
    await base.vault.prepareDays([stage.accountId], [today() - 20]);
    await makeDays(base.database.engine, today() - 200, today() - 200);
    const clock = { ...systemClock, now: () => systemClock.now() + 800 * DAY_MS };
    const alarms = { raise: () => undefined, end: () => undefined };
    const ahead = new Retention({ ...base, pool: base.database.engine, log: options.log, alarms, clock });
    const days = await keptDays(stage);
    await ahead.round();
    assert.deepEqual(await keptDays(stage), days);
    assert.notEqual(await partitionOf(stage, today() - 200), null);
    assert.equal((await stage.rows('recipient')).length, 1);
    assert.deepEqual(await ended(stage), []);
  });

  it('keeps the key of a day on which a message waits for its time', async () => {
    await using stage = await PrivacyStage.open(0);
    await stage.rivers.accepted(stage.node, { to: PERSON, sendAtMs: systemClock.now() + DAY_MS });
    const old = today() - 40;
    await moveTo(stage, old);
    await stage.office.retention.round();
    assert.ok((await keptDays(stage)).includes(old));
    const [row] = await stage.office.showRetention();
    assert.deepEqual([row?.held, row?.late], [1, 0]);
  });

  it('drops the records of a day with the people of whom no younger one is here', async () => {
    await using stage = await PrivacyStage.open(0);
    await stage.rivers.accepted(stage.node, { to: PERSON });
    await stage.rivers.accepted(stage.node, { to: OTHER_PERSON });
    const old = today() - 398;
    await moveTo(stage, old);
    await stage.rivers.accepted(stage.node, { to: OTHER_PERSON });
    await stage.office.retention.round();
    assert.equal(await partitionOf(stage, old), null);
    assert.equal((await stage.rows('message')).length, 1);
    assert.equal((await stage.rows('recipient')).length, 1);
    assert.equal((await stage.rows('vault.recipient_key')).length, 1);
    const day = dayText(old);
    assert.deepEqual((await ended(stage)).toSorted(), [
      `datum:message_body ${day} 2`,
      `datum:message_record ${day} 2`,
      `datum:recipient ${dayText(today() - 397)} 1`,
    ]);
  });

  it('cannot drop what is young or held, whoever asks the database', async () => {
    await using stage = await PrivacyStage.open();
    const { engine } = stage.rivers.base.database;
    const drop = (day: number) => engine.query(`SELECT drop_day(date 'epoch' + $1::int4)`, [day]);
    await makeDays(engine, today() - 200, today() - 200);
    await assert.rejects(drop(today() - 91), /too young/);
    await inForce(stage);
    await assert.rejects(drop(today() - 200), /on hold/);
  });

  it('raises an alarm when it is late by 24 hours, and not before', async () => {
    await using stage = await PrivacyStage.open();
    const raised: string[] = [];
    const parts = { ...stage.rivers.base, pool: stage.rivers.base.database.engine, log: stage.rivers.options.log };
    const late = new Retention({
      ...parts,
      clock: systemClock,
      keyLife: { destroyDay: fullDisk, destroyRecipientKeys: () => Promise.resolve(0) },
      alarms: { raise: (alarm, on) => raised.push(`${alarm} ${on.join(' ')}`), end: () => {} },
    });
    const { vault } = stage.rivers.base;
    await vault.prepareDays([stage.accountId], [today() - 31]);
    await assert.rejects(late.round(), /the disk is full/);
    assert.deepEqual(raised, []);
    await vault.prepareDays([stage.accountId], [today() - 32]);
    await assert.rejects(late.round(), /the disk is full/);
    assert.deepEqual(raised, ['retention_late datum:message_body']);
    await vault.prepareDays([stage.accountId], [today() - 40]);
    const lateness = await stage.office.lateness();
    assert.deepEqual(lateness?.[0], { datum: 'message_body', held: 0, late: 2, lateByDays: 9 });
    assert.deepEqual((await stage.office.showRetention())[0]?.lateByDays, 9);
    assert.ok((await keptDays(stage)).includes(today() - 32));
    assert.deepEqual(await ended(stage), []);
  });

  it('raises an alarm when the key of codes is there 24 hours after their end, held or not, and not before', async () => {
    await using stage = await PrivacyStage.open();
    await inForce(stage);
    const raised: string[] = [];
    const parts = { ...stage.rivers.base, pool: stage.rivers.base.database.engine, log: stage.rivers.options.log };
    const alarms = {
      raise: (alarm: string, on: readonly string[], about: object = {}) =>
        raised.push([alarm, ...on, JSON.stringify(about)].join(' ')),
      end: () => {},
    };
    const ends = new Retention({ ...parts, alarms, clock: systemClock });
    const windowOf = (atMs: number) => Math.floor(atMs / CODE_WINDOW_MS);
    const overSince = (ms: number) => windowOf(systemClock.now() - ms) - 1;
    const add = (window: number) =>
      stage.owner.query(`INSERT INTO vault.code_key VALUES (0, $1, 1, '\\x00')`, [window]);
    const late = async () => (await ends.show()).due.find(({ datum }) => datum === 'one_time_code')?.late;
    await add(overSince(DAY_MS - CODE_WINDOW_MS));
    await ends.round();
    assert.deepEqual([await late(), raised], [0, []]);
    await add(overSince(DAY_MS));
    await ends.round();
    assert.deepEqual([await late(), raised], [1, ['retention_late datum:one_time_code {"days":1,"by":1}']]);
  });
});

describe('the status', () => {
  it('says that it does not know how retention stands where the store does not answer', async () => {
    await using stage = await PrivacyStage.open();
    const { rivers, node } = stage;
    const gone = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const engine = { query: () => Promise.reject(gone) } as unknown as Pool;
    const database = { engine } as typeof rivers.base.database;
    const office = new PrivacyOffice(rivers.options, { ...rivers.base, database }, node.flow);
    assert.equal(await office.lateness(), null);
  });
});

describe('a legal hold', () => {
  it('is approved by somebody else, once, and expires', async () => {
    await using stage = await PrivacyStage.open();
    const id = await hold(stage);
    assert.equal(codeOf(await stage.office.approveHold(id, 'jane')), 'second_person_needed');
    assert.equal(codeOf(await stage.office.approveHold(99, 'john')), 'not_found');
    assert.equal(codeOf(await stage.office.approveHold(id, 'john')), null);
    assert.equal(codeOf(await stage.office.approveHold(id, 'john')), 'hold_not_changeable');
    assert.equal(codeOf(await stage.office.endHold(id, 'john')), null);
    const scope = { account: 'test', number: null, sender: null, fromDay: 1, toDay: 1, why: 'x', by: 'jane' };
    for (const expiresAtMs of [systemClock.now(), systemClock.now() + 367 * DAY_MS])
      assert.equal(codeOf(await stage.office.askHold({ ...scope, expiresAtMs })), 'invalid_request');
    const later = { ...scope, expiresAtMs: systemClock.now() + DAY_MS };
    assert.equal(codeOf(await stage.office.askHold({ ...later, toDay: 0 })), 'invalid_request');
    assert.equal(codeOf(await stage.office.askHold({ ...later, number: OTHER_PERSON })), 'not_found');
    const done = (await stage.entries()).filter(({ what }) => what.startsWith('hold.'));
    assert.deepEqual(
      done.map(({ what, who }) => `${what} ${who}`),
      ['hold.asked operator:jane', 'hold.approved operator:john', 'hold.ended operator:john'],
    );
  });

  it('keeps keys, records and people from their end, while it is in force', async () => {
    await using stage = await PrivacyStage.open(0);
    await stage.rivers.accepted(stage.node, { to: PERSON });
    const old = today() - 398;
    await moveTo(stage, old);
    const asked = await hold(stage);
    await stage.office.approveHold(asked, 'john');
    await stage.office.retention.round();
    assert.ok((await keptDays(stage)).includes(old));
    assert.notEqual(await partitionOf(stage, old), null);
    assert.equal(codeOf(await stage.erase()), 'on_hold');
    assert.equal((await stage.rows('recipient')).length, 1);
    await stage.owner.query(
      `UPDATE legal_hold SET asked_at = now() - interval '2 s', expires_at = now() - interval '1 s'`,
    );
    await stage.office.retention.round();
    assert.equal(await partitionOf(stage, old), null);
    // People whom a hold kept are looked at again on the next day.
    await stage.owner.query('UPDATE recipient SET seen_on = seen_on - 1');
    await stage.office.retention.round();
    assert.equal((await stage.rows('recipient')).length, 0);
  });

  it('covers whom and what it names, and nobody else', async () => {
    await using stage = await PrivacyStage.open();
    for (const to of [PERSON, OTHER_PERSON]) await stage.rivers.accepted(stage.node, { to });
    const ofPerson = await inForce(stage, { number: PERSON });
    assert.equal(codeOf(await stage.erase(PERSON)), 'on_hold');
    assert.equal(codeOf(await stage.erase(OTHER_PERSON)), null);
    await stage.office.endHold(ofPerson, 'jane');
    await inForce(stage, { sender: '99999' });
    await inForce(stage, { toDay: today() - 5 });
    await hold(stage);
    assert.equal(codeOf(await stage.erase(PERSON)), null);
  });
});
