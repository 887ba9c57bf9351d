import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { Client } from 'pg';
import { entriesOf } from '../../src/audit/entries.ts';
import { Alarms, Audit, type Entry } from '../../src/audit/index.ts';
import { MINUTE_MS, SECOND_MS } from '../../src/base/clock.ts';
import { fault } from '../../src/base/fault.ts';
import { jsonLog } from '../../src/base/log.ts';
import type { BatchWriter } from '../../src/store/index.ts';
import { openTestDatabase } from '../support/database.ts';
import { HandClock } from '../support/hand-clock.ts';

const server = await openTestDatabase();
const owner: Client = await server.connectOwner();
after(async () => {
  await owner.end();
  await server[Symbol.asyncDispose]();
});

const START_MS = 1_900_000_000_000;
const DOWN = ['carrier_down', ['carrier:1']] as const;
let gateways = 0;

interface Stage {
  readonly clock?: HandClock;
  readonly isAlone?: boolean;
  readonly noted?: Entry[];
}

/** Alarms as a gateway process has them. */
async function gateway({ clock = new HandClock(START_MS), isAlone = false, noted = [] }: Stage = {}) {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => lines.push((JSON.parse(line) as { event: string }).event),
    () => clock.now(),
  );
  const pool = server.database.engine;
  const audit = new Audit({ pool, writer: undefined as unknown as BatchWriter, clock });
  audit.note = (entry, then) => {
    noted.push(entry);
    then(noted.length === 1 ? null : fault('store_unavailable'));
  };
  const name = `00000000-0000-4000-8000-${String(++gateways).padStart(12, '0')}`;
  const alarms = await Alarms.open({ audit, pool, gateway: name, isAlone, clock, log });
  return { alarms, clock, lines, name };
}

let seen = 0;
/** What came on record since. */
async function recorded(): Promise<unknown[]> {
  const { rows } = await owner.query<{ entries: Buffer }>('SELECT entries FROM audit_group ORDER BY id');
  const all = rows.flatMap(({ entries }) => entriesOf(entries)).map((entry) => JSON.parse(String(entry)) as Entry);
  const fresh = all.slice(seen);
  seen = all.length;
  return fresh.map(({ what, outcome, on, about }) => [what, outcome, on, about]);
}
const raised = (alarm: string, on: string, about = {}) => ['alarm.raised', alarm, [on], about];
const ended = (alarm: string, on: string, seconds: number) => ['alarm.ended', alarm, [on], { seconds }];

const standing = ({ standing: all }: Alarms) => all.map(({ alarm, on, sinceMs }) => [alarm, ...on, sinceMs - START_MS]);
/** As if nothing had been heard of a gateway for half a minute. */
const silence = (name: string) =>
  owner.query("UPDATE alarm SET seen_until = now() - interval '1 s' WHERE gateway = $1", [name]);

beforeEach(async () => {
  await owner.query('TRUNCATE alarm, audit_group');
  seen = 0;
});

test('an alarm is a line in the log and an entry, and the same is raised again after a while only', async () => {
  const { alarms, clock, lines } = await gateway();
  for (let count = 0; count < 2; count++) alarms.raise('carrier_down', ['carrier:1'], { name: 'north' });
  alarms.raise('carrier_down', ['carrier:2'], { name: 'south' });
  await alarms.keep();
  const both = [
    raised('carrier_down', 'carrier:1', { name: 'north' }),
    raised('carrier_down', 'carrier:2', { name: 'south' }),
  ];
  assert.deepEqual(await recorded(), both);
  assert.deepEqual(lines, ['alarm', 'alarm']);
  clock.advance(15 * MINUTE_MS);
  alarms.raise('carrier_down', ['carrier:1'], { name: 'north' });
  await alarms.keep();
  assert.deepEqual(await recorded(), both.slice(0, 1));
  assert.deepEqual(standing(alarms), [
    ['carrier_down', 'carrier:1', 0],
    ['carrier_down', 'carrier:2', 0],
  ]);
});

test('what has no end does not stand, and is said again where it could not be put on record', async () => {
  const noted: Entry[] = [];
  const { alarms } = await gateway({ noted });
  for (const address of ['address:192.0.2.1', 'address:192.0.2.2', 'address:192.0.2.1', 'address:192.0.2.2'])
    alarms.raise('source_banned', [address]);
  await alarms.keep();
  assert.deepEqual(alarms.standing, []);
  assert.deepEqual(
    noted.map(({ on }) => on[0]!.slice(-1)),
    ['1', '2', '2'],
  );
});

test('an alarm is ended once', async () => {
  const { alarms, clock, lines } = await gateway();
  alarms.raise('export_late', ['receiver:siem']);
  clock.advance(20 * MINUTE_MS);
  for (let count = 0; count < 2; count++) alarms.end('export_late', ['receiver:siem']);
  alarms.end('witness_late', ['witness:north']);
  await alarms.keep();
  assert.deepEqual(await recorded(), [
    raised('export_late', 'receiver:siem'),
    ended('export_late', 'receiver:siem', 1200),
  ]);
  assert.deepEqual([alarms.standing, lines], [[], ['alarm', 'alarm_ended']]);
  alarms.raise('export_late', ['receiver:siem']);
  await alarms.keep();
  assert.deepEqual(await recorded(), [raised('export_late', 'receiver:siem')]);
});

for (const how of ['stopped', 'killed, alone on its database', 'killed, and silent for half a minute']) {
  test(`what stood when a gateway was ${how} goes on without being raised again, and ends at the next`, async () => {
    const one = await gateway();
    one.alarms.raise(...DOWN);
    one.alarms.raise('retention_late', ['datum:message_body']);
    await one.alarms.keep();
    await recorded();
    if (how === 'stopped') await one.alarms.close();
    if (how.includes('silent')) await silence(one.name);
    one.clock.advance(MINUTE_MS);
    const next = await gateway({ clock: one.clock, isAlone: how.includes('alone') });
    assert.deepEqual(standing(next.alarms), [
      ['carrier_down', 'carrier:1', 0],
      ['retention_late', 'datum:message_body', 0],
    ]);
    next.alarms.raise(...DOWN);
    await next.alarms.keep();
    assert.deepEqual(await recorded(), []);
    assert.equal((await owner.query("SELECT FROM alarm WHERE alarm = 'carrier_down'")).rowCount, 1);
    next.alarms.endOthers('retention_late', []);
    next.alarms.endOthers('carrier_down', ['carrier:2']);
    await next.alarms.keep();
    assert.deepEqual(await recorded(), [
      ended('retention_late', 'datum:message_body', 60),
      ended('carrier_down', 'carrier:1', 60),
    ]);
    assert.deepEqual(next.alarms.standing, []);
  });
}

test('an alarm of a gateway is not ended by another that does not see its cause, until nothing is heard of it', async () => {
  const [one, other] = [await gateway(), await gateway()];
  one.alarms.raise(...DOWN);
  await one.alarms.keep();
  await other.alarms.keep();
  await recorded();
  other.alarms.end(...DOWN);
  await other.alarms.keep();
  assert.deepEqual([await recorded(), standing(other.alarms)], [[], [['carrier_down', 'carrier:1', 0]]]);
  await silence(one.name);
  await one.alarms.keep();
  await other.alarms.keep();
  other.alarms.end(...DOWN);
  await other.alarms.keep();
  assert.deepEqual(await recorded(), []);
  await silence(one.name);
  await other.alarms.keep();
  other.alarms.end(...DOWN);
  await other.alarms.keep();
  assert.deepEqual(await recorded(), [ended('carrier_down', 'carrier:1', 0)]);
});

test('an alarm that two gateways see is one, and ends with the last of them', async () => {
  const one = await gateway();
  const other = await gateway({ clock: one.clock });
  one.alarms.raise(...DOWN);
  await one.alarms.keep();
  one.clock.advance(10 * SECOND_MS);
  await other.alarms.keep();
  other.alarms.raise(...DOWN);
  await other.alarms.keep();
  assert.deepEqual(await recorded(), [raised('carrier_down', 'carrier:1')]);
  one.alarms.end(...DOWN);
  await one.alarms.keep();
  assert.deepEqual([await recorded(), standing(one.alarms)], [[], [['carrier_down', 'carrier:1', 0]]]);
  other.alarms.end(...DOWN);
  await other.alarms.keep();
  assert.deepEqual(await recorded(), [ended('carrier_down', 'carrier:1', 10)]);
});

test('what all gateways see alike is ended by any of them, whoever raised it', async () => {
  const [one, other] = [await gateway(), await gateway()];
  one.alarms.raise('key_rotation_due', ['key:1/account']);
  await one.alarms.keep();
  await other.alarms.keep();
  other.alarms.raise('key_rotation_due', ['key:1/account']);
  other.alarms.end('key_rotation_due', ['key:1/account']);
  await other.alarms.keep();
  await one.alarms.keep();
  assert.deepEqual(one.alarms.standing, []);
  assert.deepEqual(await recorded(), [
    raised('key_rotation_due', 'key:1/account'),
    ended('key_rotation_due', 'key:1/account', 0),
  ]);
});

const fail = () =>
  owner.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER fail BEFORE INSERT ON audit_group FOR EACH ROW EXECUTE FUNCTION fail()`);
const mend = () => owner.query('DROP FUNCTION fail CASCADE');

test('neither the beginning nor the end of an alarm is lost where it cannot be put on record at once', async () => {
  const { alarms, lines } = await gateway();
  await fail();
  alarms.raise(...DOWN);
  await alarms.keep();
  assert.deepEqual(standing(alarms), [['carrier_down', 'carrier:1', 0]]);
  await mend();
  for (let count = 0; count < 3; count++) alarms.raise(...DOWN);
  await alarms.keep();
  assert.deepEqual(await recorded(), [raised('carrier_down', 'carrier:1')]);
  await fail();
  alarms.end(...DOWN);
  await alarms.keep();
  assert.deepEqual(standing(alarms), [['carrier_down', 'carrier:1', 0]]);
  await mend();
  alarms.end(...DOWN);
  await alarms.keep();
  assert.deepEqual([await recorded(), alarms.standing], [[ended('carrier_down', 'carrier:1', 0)], []]);
  assert.deepEqual(lines, ['alarm', 'alarm_not_on_record', 'alarm', 'alarm_not_on_record', 'alarm_ended']);
});
