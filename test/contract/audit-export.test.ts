import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { test } from 'node:test';
import type { Client } from 'pg';
import { sinkReports } from '../../src/audit/index.ts';
import { type Clock, MINUTE_MS, SECOND_MS, systemClock } from '../../src/base/clock.ts';
import {
  type ExportStage,
  type ExportStageOptions,
  emptyExports,
  fileIn,
  indexesOf,
  openExport,
} from '../support/export-stage.ts';
import { eachTest, ownDatabase } from '../support/hooks.ts';

const db = ownDatabase();
const each = eachTest(() => emptyExports(db));

const file = () => fileIn(each.folder);
const upTo = (count: number): number[] => [...Array(count).keys()];

async function stage(more: Partial<ExportStageOptions> = {}): Promise<ExportStage> {
  const defaults = { database: db.database, folder: each.folder, sinks: [file()] };
  return each.taken.use(await openExport({ ...defaults, ...more }));
}

const linesOf = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).trimEnd().split('\n');
const written = async (): Promise<number[]> => indexesOf('json', await linesOf(file().path));
const stateOf = async (of: ExportStage) => (await of.states())[0]!;

test('what is signed is exported once, and the next round goes on behind it', async () => {
  const one = await stage();
  await one.record(10);
  await one.exporter.round();
  await one.exporter.round();
  await one.recordMessages(5);
  await one.exporter.round();
  assert.deepEqual(await written(), upTo(15));
  assert.equal((await stateOf(one)).nextIndex, 15);
});

test('a gateway that stops exports what is left, and the next one goes on there', async () => {
  const one = await stage();
  await one.record(10);
  await one[Symbol.asyncDispose]();
  const other = await stage();
  await other.record(5);
  await other.exporter.round();
  assert.deepEqual(await written(), upTo(15));
});

test('a receiver that is far behind is brought on without a rest, a delivery after the other', async () => {
  const rests: number[] = [];
  const rested = Promise.withResolvers<void>();
  let elapsedMs = 0;
  const clock: Clock = {
    ...systemClock,
    elapsed: () => (elapsedMs += MINUTE_MS), // so a delivery is over after its first chunk
    after: (delayMs, action) => {
      rests.push(delayMs);
      if (rests.length === 1 || delayMs === 0) setImmediate(action);
      else rested.resolve();
      return () => undefined;
    },
  };
  const one = await stage({ clock });
  await one.record(2500);
  one.exporter.start();
  await rested.promise;
  assert.ok(rests.length > 4, 'there were several deliveries');
  assert.deepEqual([...new Set(rests.slice(1, -1))], [0]);
  assert.deepEqual([rests[0], rests.at(-1)], [SECOND_MS, SECOND_MS]);
  assert.deepEqual(await written(), upTo(2500));
});

test('a gateway that is killed before it could say that it exported exports again', async () => {
  const one = await stage();
  await one.record(700);
  const engine = db.database.engine;
  await one.exporter.round();
  await engine.query('UPDATE audit_export SET next_index = 300'); // as it was, had it been killed in the middle
  await appendFile(file().path, '{"index":300,"cut'); // with a line that it did not come to the end of
  await one.exporter.round();
  const lines = await linesOf(file().path);
  assert.equal(lines[700], '{"index":300,"cut');
  const whole = indexesOf('json', lines.toSpliced(700, 1));
  assert.deepEqual(whole, [...upTo(700), ...upTo(700).slice(300)]);
});

test('of two gateways one exports, and the other one when that has gone', async () => {
  const [one, other] = [await stage(), await stage()];
  await one.record(10);
  await one.exporter.round();
  await one.record(10);
  await other.exporter.round();
  assert.deepEqual(await written(), upTo(10));
  await one.exporter.close();
  await one.record(10);
  await other.exporter.round();
  assert.deepEqual(await written(), upTo(30));
});

test('without messages, what becomes of them is left out, and the place goes on', async () => {
  const one = await stage({ withMessages: false });
  await one.recordMessages(2000);
  await one.exporter.round();
  await one.record(3);
  await one.exporter.round();
  assert.deepEqual(await written(), [2000, 2001, 2002]);
  assert.equal((await stateOf(one)).nextIndex, 2003);
});

test('a new receiver begins with the next entry where it is told to', async () => {
  const one = await stage({ from: 'next' });
  await one.record(10);
  await one.exporter.round();
  await one.record(3);
  await one.exporter.round();
  assert.deepEqual(await written(), [10, 11, 12]);
});

test('a receiver that is away says why, holds up no other, and has all when it is back', async () => {
  const away = { ...fileIn(`${each.folder}/missing`, 'cef') };
  const one = await stage({ sinks: [away, file()] });
  await one.record(10);
  await one.exporter.round();
  assert.deepEqual(await written(), upTo(10));
  const names = [`cef file:${away.path}`, `json file:${file().path}`, 'json file:never'];
  const now = Date.UTC(2030, 0, 1) + 90_000;
  const report = async () => {
    const reports = await sinkReports(db.database.engine, one.audit.log, names, now);
    return reports.map(({ nextIndex, behindEntries, behindSeconds, trouble }) => [
      nextIndex,
      behindEntries,
      behindSeconds,
      trouble,
    ]);
  };
  const never = [0, 10, 90, null];
  assert.deepEqual(await report(), [[0, 10, 90, 'its folder is not there'], [10, 0, 0, null], never]);
  await mkdir(`${each.folder}/missing`);
  await one.exporter.round();
  assert.deepEqual(indexesOf('cef', await linesOf(away.path)), upTo(10));
  assert.deepEqual(await report(), [[10, 0, 0, null], [10, 0, 0, null], never]);
});

test('a file that was moved away is left alone, and a new one begun', async () => {
  const one = await stage();
  await one.record(5);
  await one.exporter.round();
  await rename(file().path, `${file().path}.1`);
  await one.record(5);
  await one.exporter.round();
  assert.deepEqual(indexesOf('json', await linesOf(`${file().path}.1`)), upTo(5));
  assert.deepEqual(await written(), [5, 6, 7, 8, 9]);
});

test('an entry that is missing in the database stops the export there, and it says which', async () => {
  const one = await stage();
  await one.record(500);
  await one.record(500);
  await one.exporter.round();
  await db.owner.query('UPDATE audit_export SET next_index = 500; DELETE FROM audit_group WHERE first_index >= 500');
  await one.exporter.round();
  const { nextIndex, trouble } = await stateOf(one);
  assert.deepEqual([nextIndex, trouble], [500, 'the log has no entry 500']);
});

test('a lost connection to the database loses nothing', async () => {
  const clients: Client[] = [];
  const connect = async () => {
    const client = await db.database.connectEngine();
    clients.push(client);
    return client;
  };
  const one = await stage({ connect });
  await one.record(5);
  await one.exporter.round();
  await clients[0]!.end();
  await one.record(5);
  await one.exporter.round();
  assert.deepEqual(await written(), upTo(5));
  await one.exporter.round();
  assert.deepEqual(await written(), upTo(10));
  assert.equal(clients.length, 2);
});

test('a receiver that is said to have more than the log has is trouble, and no silence', async () => {
  const one = await stage();
  await one.record(10);
  await one.exporter.round();
  await db.database.engine.query('UPDATE audit_export SET next_index = 1000');
  await one.record(3);
  await one.exporter.round();
  assert.equal((await stateOf(one)).trouble, 'the log has no entry 1000');
  await db.database.engine.query('UPDATE audit_export SET next_index = 10');
  await one.exporter.round();
  assert.deepEqual(await written(), upTo(13));
  assert.equal((await stateOf(one)).trouble, null);
});

test('an entry that is no entry stops the export there, in every format, and it says which', async () => {
  for (const format of ['json', 'ocsf', 'cef'] as const) {
    const sink = fileIn(each.folder, format);
    const one = await stage({ sinks: [sink] });
    await one.record(2);
    await one.exporter.round();
    const { nextIndex: unread } = await stateOf(one);
    await db.database.engine.query("INSERT INTO audit_group (entry_count, entries) VALUES (1, '\\x00023132')");
    await one.record(1);
    await one.exporter.round();
    const { trouble, nextIndex } = (await one.states()).find(({ sink: name }) => name.startsWith(format))!;
    assert.deepEqual([trouble, nextIndex], [`entry ${unread} of the log cannot be read`, unread]);
    await one[Symbol.asyncDispose]();
    await emptyExports(db);
    await rm(`${each.folder}/audit-head`);
  }
});
