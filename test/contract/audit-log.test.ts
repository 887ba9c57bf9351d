import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditLog } from '../../src/audit/index.ts';
import {
  Frontier,
  leafHash,
  packEntries,
  provesConsistency,
  provesInclusion,
  tileOf,
} from '../../src/audit/tree/index.ts';
import { inTransaction } from '../../src/store/index.ts';
import { type AuditStage, type AuditStageOptions, openAudit, someEntry } from '../support/audit-stage.ts';
import { isFault } from '../support/faults.ts';
import { HandClock } from '../support/hand-clock.ts';
import { eachTest, ownDatabase } from '../support/hooks.ts';

const db = ownDatabase();
const each = eachTest(() =>
  db.owner.query('TRUNCATE audit_group, audit_tile, audit_checkpoint, audit_key; DELETE FROM vault.key'),
);

const stage = async (more: Partial<AuditStageOptions> = {}): Promise<AuditStage> =>
  each.taken.use(await openAudit({ database: db.database, folder: each.folder, ...more }));

/** Records so many entries in transactions of three. */
async function record({ audit }: AuditStage, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 3) {
    const entries = Array.from({ length: Math.min(3, left) }, () => someEntry());
    await inTransaction(db.engine, (client) => audit.record(client, ...entries));
  }
}

async function entriesOf(log: AuditLog, size: number): Promise<Buffer[]> {
  const entries: Buffer[] = [];
  for await (const { index, bytes } of log.entries(0, size)) {
    assert.equal(index, entries.length);
    entries.push(Buffer.from(bytes));
  }
  return entries;
}

/** The log is what was signed: every entry, the root over all of them, and a proof for each. */
async function assertWhole(log: AuditLog, size: number): Promise<void> {
  const head = await log.head();
  assert.equal(head?.size, size);
  const entries = await entriesOf(log, size);
  assert.equal(entries.length, size);
  assert.equal(new Set(entries.map(String)).size, size);
  const frontier = new Frontier();
  for (const entry of entries) frontier.append(leafHash(entry));
  assert.deepEqual(head.root, frontier.root());
  assert.deepEqual(log.key.open(head.note), { origin: log.key.origin, size, root: head.root, extensions: [] });
  for (const [index, entry] of entries.entries()) {
    const proof = await log.inclusion(index, size);
    assert.ok(Array.isArray(proof) && provesInclusion(leafHash(entry), index, head, proof));
  }
}

test('entries have their places and are signed, over every size from a few to several tiles', async () => {
  const { log, audit, ...rest } = await stage();
  let size = 0;
  for (const count of [1, 2, 254, 3, 300]) {
    await record({ log, audit, ...rest }, count);
    size += count;
    await log.round();
    await assertWhole(log, size);
  }
});

test('what is rolled back is not on record, and what is not recorded does not happen', async () => {
  const { audit, log } = await stage();
  const pool = db.engine;
  const undone = inTransaction(pool, async (client) => {
    await audit.record(client, someEntry());
    throw new Error('the action failed');
  });
  await assert.rejects(undone, /the action failed/);
  const act = audit.act(
    (client) => client.query("INSERT INTO account (name) VALUES ('unrecorded')"),
    () => someEntry({ why: 'x'.repeat(10), about: { much: 'x'.repeat(70_000) } }),
  );
  await assert.rejects(act, /an entry of the audit log has a bound/);
  assert.equal((await db.owner.query("SELECT FROM account WHERE name = 'unrecorded'")).rowCount, 0);
  await log.round();
  assert.equal(await log.head(), null);
});

test('an entry by itself is durable when it is answered', async () => {
  const { audit, log } = await stage();
  assert.deepEqual(await Promise.all([audit.noted(someEntry()), audit.noted(someEntry())]), [null, null]);
  await log.round();
  await assertWhole(log, 2);
});

test('one gateway at a time gives places, and the next goes on where it ended', async () => {
  const first = await stage();
  await record(first, 5);
  await first.log.round();
  const second = await stage();
  await record(second, 300);
  await second.log.round();
  assert.equal((await second.log.head())?.size, 5);
  await first[Symbol.asyncDispose]();
  await record(second, 40);
  await second.log.round();
  const older = { size: 5, root: (await second.log.heads(5))[0]!.root };
  const newer = (await second.log.head())!;
  const proof = await second.log.consistency(5, newer.size);
  assert.ok(Array.isArray(proof) && provesConsistency(older, newer, proof));
  await assertWhole(second.log, 345);
});

type Commit = () => Promise<unknown>;

const cuts: Readonly<Record<string, (commit: Commit) => Promise<unknown>>> = {
  'before it is committed': () => Promise.reject(new Error('cut')),
  'as its answer is lost': (commit) => commit().then(() => Promise.reject(new Error('cut'))),
};

for (const [name, cut] of Object.entries(cuts)) {
  test(`a connection that goes ${name} loses and doubles nothing`, async () => {
    let commits = 0;
    const connect = async () => {
      const client = await db.database.connectEngine();
      const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
      const cutting = (...args: unknown[]) =>
        args[0] === 'COMMIT' && ++commits % 2 === 1 ? cut(() => query(...args)) : query(...args);
      return Object.assign(client, { query: cutting });
    };
    const opened = await stage({ connect });
    await record(opened, 7);
    for (let rounds = 0; rounds < 4; rounds++) await opened.log.round();
    await record(opened, 2);
    for (let rounds = 0; rounds < 4; rounds++) await opened.log.round();
    assert.ok(commits >= 2);
    await assertWhole(opened.log, 9);
  });
}

test('tiles of hashes and of entries are given as wide as they are asked for, up to the size that is signed', async () => {
  const opened = await stage();
  await record(opened, 300);
  await opened.log.round();
  const entries = await entriesOf(opened.log, 300);
  for (const width of [1, 43, 44]) {
    const bundle = await opened.log.tile({ level: 'entries', index: 1, width });
    assert.deepEqual(bundle, packEntries(entries.slice(256, 256 + width)));
    const hashes = await opened.log.tile({ level: 0, index: 1, width });
    assert.deepEqual(hashes, Buffer.concat(entries.slice(256, 256 + width).map(leafHash)));
  }
  assert.deepEqual(tileOf(300, 0, 1), { level: 0, index: 1, width: 44 });
  for (const beyond of [
    { level: 0, index: 1, width: 45 },
    { level: 'entries', index: 1, width: 45 },
    { level: 0, index: 2, width: 1 },
    { level: 2, index: 0, width: 1 },
  ] as const)
    assert.equal(await opened.log.tile(beyond), null);
});

test('a log that stands still is put on record as alive', async () => {
  const clock = new HandClock();
  const opened = await stage({ clock });
  await opened.log.round();
  assert.equal(await opened.log.head(), null);
  clock.advance(46_000);
  await opened.log.round();
  const [entry] = await entriesOf(opened.log, 1);
  assert.equal((JSON.parse(String(entry)) as { what: string }).what, 'log.alive');
});

test('the role of the gateway cannot change or delete what is on record, and no role moves an entry', async () => {
  const opened = await stage();
  await record(opened, 3);
  await opened.log.round();
  const engine = await db.database.connectEngine();
  for (const forbidden of [
    'DELETE FROM audit_group',
    "UPDATE audit_group SET entries = ''",
    'DELETE FROM audit_checkpoint',
    "UPDATE audit_checkpoint SET note = ''",
    'DELETE FROM audit_tile',
    'TRUNCATE audit_group',
    'DELETE FROM audit_key',
  ])
    await assert.rejects(engine.query(forbidden), /permission denied/, forbidden);
  await assert.rejects(engine.query('UPDATE audit_group SET first_index = 9'), /keeps it/);
  await engine.end();
  await assert.rejects(db.owner.query('UPDATE audit_group SET first_index = 9'), /keeps it/);
});

test('a log that was cut short in the database is found out at the next start', async () => {
  const opened = await stage();
  await record(opened, 5);
  await opened.log.round();
  await opened[Symbol.asyncDispose]();
  await db.owner.query('TRUNCATE audit_group, audit_tile, audit_checkpoint');
  await assert.rejects(stage(), isFault('audit_log_short'));
});
