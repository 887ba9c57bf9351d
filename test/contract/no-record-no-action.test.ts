import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Action, actions } from '../../src/audit/index.ts';
import { AuditOffice } from '../../src/audit-office.ts';
import { DAY_MS, systemClock } from '../../src/base/clock.ts';
import type { Fault } from '../../src/base/fault.ts';
import { makeDays } from '../../src/store/index.ts';
import { deeds, GROUND, MESSAGE, STANDING, type Standing } from '../support/deeds.ts';
import { isFault } from '../support/faults.ts';
import { HandRivers } from '../support/hand-river.ts';
import { auditOf, TESTER } from '../support/on-record.ts';
import { startTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { registeredStores, registerOf } from '../support/test-register.ts';

const CHILD = join(import.meta.dirname, '../support/deed-child.ts');
const MESSAGE_DAY = Math.floor(Number.parseInt(MESSAGE.replaceAll('-', '').slice(0, 12), 16) / DAY_MS);
const EMPTY = `TRUNCATE account, credential, carrier, route, webhook, register, waiting, message_replacement, audit_group
  RESTART IDENTITY CASCADE; DELETE FROM message_event`;
const FULL_DISK = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER full_disk BEFORE INSERT ON audit_group FOR EACH ROW EXECUTE FUNCTION full_disk()`;
/**
 * On record before what follows is begun, which has entries of its own in each of its transactions; and what is done in more
 * than one statement, of which erasure.test.ts, retention.test.ts and backup-record.test.ts tell.
 */
const elsewhere: readonly Action[] = [
  'key.rotate',
  'key.compromise',
  'key.rewrap',
  'key.passphrase',
  'key.forget',
  'retention.set',
  'retention.ended',
  'hold.asked',
  'hold.approved',
  'hold.ended',
  'recipient.erased',
  'backup.restored',
  'suppression.lifted',
];

describe('no record, no action', () => {
  let server: TestDatabase;
  before(async () => {
    server = await startTestDatabase();
    // As the pools of the gateway: one that is lost while it is lent says so to whoever uses it.
    server.engine.on('connect', (client) => client.on('error', () => undefined));
    await makeDays(server.pool, MESSAGE_DAY, MESSAGE_DAY);
  });
  after(() => server.close());
  beforeEach(() => anew());
  afterEach(() => server.pool.query('DROP FUNCTION IF EXISTS full_disk CASCADE'));

  const standing = async (): Promise<Standing> => (await server.pool.query<Standing>(STANDING)).rows[0]!;

  let old: Standing;
  async function anew(): Promise<void> {
    await server.pool.query(EMPTY);
    await server.pool.query(GROUND);
    for (const store of Object.values(registeredStores(server.engine, await registerOf(server.engine))))
      await store.all();
    old = await standing();
  }

  /** Whether there is a change and an entry: never one without the other. */
  async function isKept(): Promise<boolean> {
    const now = await standing();
    assert.equal(now.rows !== old.rows, now.groups > old.groups);
    return now.groups > old.groups;
  }

  /** Waits until the server has noticed that the process is gone, and done what it had been sent. */
  async function noticed(): Promise<void> {
    while ((await server.pool.query("SELECT FROM pg_stat_activity WHERE application_name = 'deed'")).rowCount! > 0);
  }

  /** Whether the deed was done to its end, before its process was killed at the statement. */
  async function isDoneDespite(name: string, step: number, moment: string): Promise<boolean> {
    const args = [CHILD, JSON.stringify(server.address), name, String(step), moment];
    const said = await new Promise<string>((resolve) =>
      execFile(process.execPath, args, (_error, stdout) => resolve(stdout)),
    );
    await noticed();
    return said === 'done';
  }

  it('is shown of every change in the table of actions', () => {
    const shown = new Set(Object.values(deeds).map(({ action }) => action));
    for (const [action, { kind }] of Object.entries(actions) as [Action, { kind: string }][])
      if (kind === 'change') assert.notEqual(shown.has(action), elsewhere.includes(action), action);
  });

  for (const [name, { does, statements = 4 }] of Object.entries(deeds)) {
    it(`${name}: both or neither, at whatever statement the process is killed`, async () => {
      let isDone = false;
      let step = 0;
      while (!isDone) {
        isDone = await isDoneDespite(name, ++step, 'before');
        assert.equal(await isKept(), isDone, `before statement ${step}`);
        await anew();
      }
      // BEGIN, the change, the entry, COMMIT, and what belongs to the register; then there was none to be killed at.
      assert.equal(step, statements + 1);
      assert.equal(await isDoneDespite(name, step - 1, 'was sent'), false);
      await isKept();
    });

    it(`${name}: not where the disk is full`, async () => {
      await server.pool.query(FULL_DISK);
      await assert.rejects(
        does(server.engine, auditOf(server.engine), await registerOf(server.engine)),
        isFault('store_full'),
      );
      assert.deepEqual(await standing(), old);
    });

    it(`${name}: not where the connection ends before its entry`, async () => {
      const cut = FULL_DISK.replace(
        /BEGIN RAISE.*END/,
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END',
      );
      await server.pool.query(`${cut}; ALTER FUNCTION full_disk() SECURITY DEFINER`);
      await assert.rejects(
        does(server.engine, auditOf(server.engine), await registerOf(server.engine)),
        isFault('store_unavailable'),
      );
      assert.deepEqual(await standing(), old);
    });
  }
});

describe('what cannot be put on record', () => {
  it('is not shown, and lets nobody in', async () => {
    await using rivers = await HandRivers.make(['hand']);
    await using node = await rivers.open({ hand: { isUp: false, room: 0 } });
    const { desk } = node.flow.river;
    const { accountId } = rivers.credential;
    const id = await rivers.accepted(node, { sendAtMs: systemClock.now() + DAY_MS });
    await rivers.base.auditLog.round();
    const log = new AuditOffice({ ...rivers.base, messages: desk, clock: systemClock });
    const tile = (): Promise<Buffer | Fault | null> => log.tile({ level: 'entries', index: 0, width: 1 }, TESTER);
    const logReads = [
      () => log.entries(0, TESTER),
      () => log.follow(0, TESTER),
      () => log.proofFile(0, TESTER),
      () => log.verify({}, () => {}, TESTER),
      () => log.timeline(accountId, id, TESTER),
      tile,
    ];
    const search = { accountId, recipient: null, state: null, fromMs: null, untilMs: null, after: null, limit: 10 };
    const bind = () =>
      new Promise((resolve) => rivers.base.uses.bound(rivers.credential, '127.0.0.1', 'transceiver', resolve));
    const use = () => new Promise((resolve) => rivers.base.uses.used(rivers.credential, '127.0.0.1', resolve));
    const owner = await rivers.connectOwner();
    await using _ = { [Symbol.asyncDispose]: () => owner.end() };
    await owner.query(FULL_DISK);
    for (const answer of [
      await desk.find(accountId, id, TESTER),
      await desk.search(search, TESTER),
      await bind(),
      await use(),
      ...(await Promise.all(logReads.map((read) => read()))),
    ])
      assert.equal((answer as Fault).code, 'store_full');
    assert.equal(rivers.base.uses.isKnown(rivers.credential, '127.0.0.1'), false);
    assert.equal(((await rivers.submit(node)) as Fault).code, 'store_full');
    await assert.rejects(desk.cancel(accountId, id, TESTER), isFault('store_full'));
    assert.equal(await rivers.state(node, id), 'scheduled');
    await owner.query('DROP FUNCTION full_disk CASCADE');
    assert.ok('id' in (await desk.find(accountId, id, TESTER))!);
    assert.deepEqual([await bind(), await use()], [null, null]);
    for (const read of logReads) assert.equal(Object.hasOwn(Object(await read()) as object, 'code'), false);
    assert.ok(rivers.base.uses.isKnown(rivers.credential, '127.0.0.1'));
  });
});
