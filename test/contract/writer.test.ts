import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { DAY_MS, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { Fault } from '../../src/base/fault.ts';
import { type Id, IdSource, idDay, idText } from '../../src/base/id.ts';
import { type BatchTable, BatchWriter, makeDays, type Unit } from '../../src/store/index.ts';
import { openTestDatabase, readableLog, type TestDatabase } from '../support/database.ts';

const ACCOUNT = 1;
const FIELDS = 9;
const FIELD_BYTES = 64;
/** Text that UTF-8 does not have: the server refuses the row (22021). */
const UNSTORABLE = Buffer.from([0xff]);

const suffixOf = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
const events: BatchTable = {
  partitioned: true,
  statement: (day) =>
    `COPY message_event_${suffixOf(day)} (account_id, message_id, at, state, segment, node_id, carrier_id, code, reference) FROM STDIN BINARY`,
};

const ids = new IdSource(systemClock, systemEntropy);

/** One row, and everything it was told. */
class Row implements Unit {
  readonly id: Id;
  readonly told: ('stored' | Fault['code'])[] = [];
  readonly mustHold: boolean;
  readonly #settled = Promise.withResolvers<void>();

  constructor(id: Id = ids.next(), mustHold = false) {
    this.id = id;
    this.mustHold = mustHold;
  }

  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  stored(): void {
    this.told.push('stored');
    this.#settled.resolve();
  }

  failed(fault: Fault): void {
    this.told.push(fault.code);
    this.#settled.resolve();
  }

  probe() {
    return {
      text: 'SELECT 1 FROM message_event WHERE account_id = $1 AND message_id = $2',
      values: [ACCOUNT, idText(this.id)],
    };
  }
}

function hand(writer: BatchWriter, row: Row, reference: Buffer | null = null): Row {
  const rows = writer.beginRow(events, idDay(row.id));
  rows.row(FIELDS, FIELD_BYTES + (reference?.length ?? 0));
  rows.int4(ACCOUNT);
  rows.blob(row.id);
  rows.time(systemClock.now());
  for (const value of [5, 0]) rows.int2(value);
  for (const value of [1, 1, 0]) rows.int4(value);
  if (reference === null) rows.nothing();
  else rows.blob(reference);
  writer.endRow();
  writer.add(row);
  return row;
}

const many = (writer: BatchWriter, count: number, mustHold = false): Row[] =>
  Array.from({ length: count }, () => hand(writer, new Row(ids.next(), mustHold)));

const tolds = (rows: readonly Row[]) => rows.map(({ told }) => told);
const onceStored = (rows: readonly Row[]) => rows.map(() => ['stored']);

describe('the batch writer', () => {
  const { log, events: logged, heard } = readableLog();
  let test: TestDatabase;
  let owner: Client;
  let writer: BatchWriter;
  const backends: number[] = [];

  before(async () => {
    test = await openTestDatabase();
    owner = await test.connectOwner();
  });
  after(async () => {
    await owner.end();
    await test[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    await writer.close();
    logged.length = backends.length = 0;
  });

  const open = async () => {
    writer = await BatchWriter.open({
      connect: async () => {
        const client = await test.database.connectEngine();
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        backends.push(rows[0]!.pid);
        return client;
      },
      makeDay: (client, day) => makeDays(client, day, day),
      clock: systemClock,
      log,
    });
  };

  /** Ends the backends of both lanes, as an operator or a failing server does. */
  async function cutConnections(): Promise<void> {
    const login = { host: join(test.dataFolder, 'run'), user: 'sallyport_gateway', database: 'sallyport' };
    const client = new Client(login);
    await client.connect();
    const { rows } = await client.query<{ cut: boolean }>(
      'SELECT pg_terminate_backend(pid) AS cut FROM unnest($1::int4[]) pid',
      [backends.splice(0)],
    );
    await client.end();
    assert.ok(rows.some(({ cut }) => cut));
  }

  /** How often each of the rows is in the table. */
  async function counts(rows: readonly Row[]): Promise<number[]> {
    const { rows: found } = await test.database.engine.query<{ id: string; count: string }>(
      'SELECT message_id AS id, count(*) FROM message_event WHERE account_id = $1 AND message_id = ANY($2::uuid[]) GROUP BY 1',
      [ACCOUNT, rows.map(({ id }) => idText(id))],
    );
    const byId = new Map(found.map(({ id, count }) => [id, Number(count)]));
    return rows.map(({ id }) => byId.get(idText(id)) ?? 0);
  }

  it('tells each unit once that its rows are durable', async () => {
    await open();
    const rows = many(writer, 300);
    await writer.settle();
    assert.deepEqual(tolds(rows), onceStored(rows));
    assert.deepEqual(
      await counts(rows),
      rows.map(() => 1),
    );
  });

  it('lets only the caller of a refused row hear of it', async () => {
    await open();
    const rows = many(writer, 100);
    const bad = hand(writer, new Row(), UNSTORABLE);
    rows.push(...many(writer, 100));
    await writer.settle();
    assert.deepEqual(bad.told, ['internal']);
    assert.deepEqual(tolds(rows), onceStored(rows));
    assert.deepEqual(await counts([...rows, bad]), [...rows.map(() => 1), 0]);
    assert.ok(logged.filter((event) => event === 'store_commit_failed').length < 12, 'it is found by halves');
  });

  it('makes a partition that is missing', async () => {
    await open();
    const day = Math.floor(systemClock.now() / DAY_MS) + 40;
    const later = new IdSource({ ...systemClock, now: () => day * DAY_MS }, systemEntropy);
    const row = hand(writer, new Row(later.next()));
    await writer.settle();
    assert.deepEqual(row.told, ['stored']);
    assert.deepEqual(await counts([row]), [1]);
  });

  it('tells a unit without rows when all before it is durable', async () => {
    await open();
    const alone = new Row();
    writer.add(alone);
    await writer.settle();
    assert.deepEqual(alone.told, ['stored']);
    const [row, last] = [hand(writer, new Row()), new Row()];
    writer.add(last);
    await last.settled;
    assert.deepEqual(row.told, ['stored']);
    assert.deepEqual(await counts([row]), [1]);
  });

  it('has no more room when a batch is as large as it may be, and has it again when that has left', async () => {
    await open();
    const rows: Row[] = [];
    while (writer.hasRoom) rows.push(hand(writer, new Row()));
    assert.equal(rows.length, 32_768);
    await writer.settle();
    assert.equal(writer.hasRoom, true);
    assert.deepEqual(tolds(rows), onceStored(rows));
  });

  it('settles every unit once, and stores none twice, when its connections are cut under load', async () => {
    await open();
    const rows: Row[] = [];
    for (let cut = 0; cut < 12; cut++) {
      while (!writer.isUp || backends.length < 2) await new Promise(setImmediate);
      for (let turn = 0; turn < 20; turn++) {
        rows.push(...many(writer, 50));
        await new Promise(setImmediate);
      }
      await cutConnections();
    }
    await writer.settle();
    assert.deepEqual(tolds(rows), onceStored(rows));
    assert.deepEqual(
      await counts(rows),
      rows.map(() => 1),
    );
  });

  it('holds what it has while the database is away, and stores it when it is back', async () => {
    await open();
    await owner.end();
    const earlier = many(writer, 200);
    process.kill(test.database.pid!, 'SIGKILL');
    await heard('store_connection_lost');
    const during = many(writer, 200);
    await writer.settle();
    const rows = [...earlier, ...during];
    assert.deepEqual(tolds(rows), onceStored(rows));
    assert.deepEqual(
      await counts(rows),
      rows.map(() => 1),
    );
    owner = await test.connectOwner();
  });

  it('comes back by itself when the connections are lost while it has nothing to do', async () => {
    await open();
    await cutConnections();
    await heard('store_connection_lost');
    while (!writer.isUp) await new Promise(setImmediate);
    const [row] = many(writer, 1);
    await writer.settle();
    assert.deepEqual(row!.told, ['stored']);
  });

  it('tries again what was rolled back for the sake of somebody else', async () => {
    await open();
    const partition = `message_event_${suffixOf(Math.floor(systemClock.now() / DAY_MS))}`;
    for (const code of ['deadlock_detected', 'serialization_failure', 'lock_not_available']) {
      logged.length = 0;
      await owner.query(`CREATE FUNCTION stands_back() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not now' USING ERRCODE = '${code}'; END $$`);
      await owner.query(`CREATE TRIGGER stands_back BEFORE INSERT ON ${partition} EXECUTE FUNCTION stands_back()`);
      const rows = [...many(writer, 20), ...many(writer, 20, true)];
      while (!logged.includes('store_commit_failed')) await new Promise((resolve) => setImmediate(resolve));
      assert.ok(rows.every(({ told }) => told.length === 0));
      await owner.query('DROP FUNCTION stands_back CASCADE');
      await writer.settle();
      assert.deepEqual(tolds(rows), onceStored(rows));
      assert.deepEqual(
        await counts(rows),
        rows.map(() => 1),
      );
    }
  });

  it('refuses what may be refused when the disk is full, and holds what has happened until there is room', async () => {
    await open();
    const partition = `message_event_${suffixOf(Math.floor(systemClock.now() / DAY_MS))}`;
    await owner.query(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$`);
    await owner.query(`CREATE TRIGGER full_disk BEFORE INSERT ON ${partition} EXECUTE FUNCTION full_disk()`);
    const mayFail = many(writer, 20);
    const mustHold = many(writer, 20, true);
    const more = many(writer, 20);
    await Promise.all([...mayFail, ...more].map(({ settled }) => settled));
    assert.deepEqual(
      tolds([...mayFail, ...more]),
      [...mayFail, ...more].map(() => ['store_full']),
    );
    assert.deepEqual(
      tolds(mustHold),
      mustHold.map(() => []),
    );
    await owner.query(`DROP TRIGGER full_disk ON ${partition}`);
    await writer.settle();
    assert.deepEqual(tolds(mustHold), onceStored(mustHold));
    assert.deepEqual(await counts([...mayFail, ...mustHold, ...more]), [
      ...mayFail.map(() => 0),
      ...mustHold.map(() => 1),
      ...more.map(() => 0),
    ]);
  });
});
