import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { AuditOffice } from '../../src/audit-office.ts';
import { type Clock, HOUR_MS, systemClock } from '../../src/base/clock.ts';
import type { PlacedEntry } from '../../src/doors/api/index.ts';
import { type AuditStage, openAudit, someEntry } from '../support/audit-stage.ts';
import { openTestDatabase, type TestDatabase } from '../support/database.ts';

const by = { who: 'operator:local', from: 'control socket', why: 'a case' };
const auditor = { who: 'credential:7', from: '192.0.2.7' };
let nowMs = Date.UTC(2030, 0, 1);
const clock: Clock = { ...systemClock, now: () => nowMs };

let server: TestDatabase;
let stage: AuditStage;
let office: AuditOffice;
before(async () => {
  server = await openTestDatabase();
  const folder = join(server.dataFolder, '..');
  stage = await openAudit({ database: server.database, folder, clock });
  const messages = { view: () => Promise.resolve(null), evidence: () => Promise.resolve(null) };
  const auditOutlets = { witnessing: null as never };
  office = new AuditOffice({ auditLog: stage.log, audit: stage.audit, auditOutlets, messages, clock });
  for (let count = 0; count < 300; count++) await stage.audit.noted(someEntry());
});
after(async () => {
  await stage[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

let size = 0;
beforeEach(async () => {
  await stage.log.round();
  size = (await stage.log.head())!.size;
});

/** What came on record since the test began. */
async function recorded(): Promise<unknown[]> {
  await stage.log.round();
  const found: unknown[] = [];
  for await (const { bytes } of stage.log.entries(size, Number.MAX_SAFE_INTEGER)) {
    const { what, who, from, on, why, outcome, about } = JSON.parse(String(bytes)) as Record<string, unknown>;
    assert.deepEqual([what, on, outcome], ['log.read', ['log'], 'done']);
    found.push([who, from, why, about]);
  }
  return found;
}
const ofOperator = (about: object) => [by.who, by.from, by.why, about];

test('each page of entries is on record with its range, and one without entries is not', async () => {
  await office.entries(0, by);
  await office.entries(size - 3, by);
  await office.entries(size, by);
  await office.entries(999_999_999, by);
  assert.deepEqual(await recorded(), [
    ofOperator({ how: 'entries', from: 0, to: 256 }),
    ofOperator({ how: 'entries', from: size - 3, to: size }),
  ]);
});

test('who follows the log is on record once, and sees that once', async () => {
  const followed = await office.follow(size - 1, by);
  assert.ok('more' in followed);
  const seen: PlacedEntry[] = [];
  for (let round = 0; round < 4; round++) {
    seen.push(...(await followed.more()));
    await stage.log.round();
  }
  assert.deepEqual(
    seen.map(({ index }) => index),
    [size - 1, size],
  );
  assert.deepEqual(await recorded(), [ofOperator({ how: 'follow', from: size - 1 })]);
});

test('a proof, and that somebody had the log verified, is on record', async () => {
  await office.proofFile(7, by);
  assert.equal(await office.proofFile(999_999_999, by), null);
  assert.ok('flaw' in (await office.verify({}, () => {}, by)));
  assert.deepEqual(await recorded(), [
    ofOperator({ how: 'proof', from: 7, to: 8 }),
    ofOperator({ how: 'verification' }),
  ]);
});

test('who copies the log tile by tile is on record once an hour, and tiles of hashes alone are not', async () => {
  const entries = { level: 'entries', index: 0, width: 256 } as const;
  const read = async (times: number) => {
    for (const one of [by, auditor]) await Promise.all(Array.from({ length: times }, () => office.tile(entries, one)));
  };
  await office.tile({ level: 0, index: 0, width: 256 }, by);
  await office.tile({ level: 'entries', index: 99, width: 256 }, by);
  await read(3);
  nowMs += HOUR_MS - 1;
  await read(1);
  const both = [ofOperator({ how: 'tiles' }), [auditor.who, auditor.from, null, { how: 'tiles' }]];
  assert.deepEqual(await recorded(), both);
  nowMs += 1;
  await read(1);
  assert.deepEqual(await recorded(), [...both, ...both]);
});
