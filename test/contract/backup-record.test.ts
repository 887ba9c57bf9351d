import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { Client } from 'pg';
import { entriesOf } from '../../src/audit/entries.ts';
import { openDatabase } from '../../src/store/index.ts';
import { type AuditStage, openAudit, someEntry } from '../support/audit-stage.ts';
import { BackupPlace, type Pair } from '../support/backups.ts';
import { databaseOptions, temporaryFolder } from '../support/database.ts';
import { ownDatabase } from '../support/hooks.ts';
import type { Recorded } from '../support/recorded.ts';

const FULL_DISK = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
  CREATE TRIGGER full_disk BEFORE INSERT ON audit_group FOR EACH ROW EXECUTE FUNCTION full_disk()`;

const archive = (path: string) => `archive:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;

/** What is on record of backups, the oldest first. */
async function onRecord(client: Pick<Client, 'query'>): Promise<Recorded[]> {
  const { rows } = await client.query<{ entries: Buffer }>('SELECT entries FROM audit_group ORDER BY id');
  const all = rows.flatMap(({ entries }) => entriesOf(entries).map((entry) => JSON.parse(String(entry)) as Recorded));
  return all.filter(({ what }) => what.startsWith('backup.'));
}

/** A restored log is another history from the backup on, and whoever has a later checkpoint sees it: that is what it is for. */
async function contradicts(stage: AuditStage, note: string): Promise<void> {
  const claims = [{ name: 'kept by an auditor', note, beside: null }];
  const found = async () => (await stage.log.verify({ claims })).flaw;
  assert.deepEqual([(await found())?.where, (await found())?.code], ['kept by an auditor', 'log_short']);
  for (let count = 0; count < 9; count++) await stage.audit.noted(someEntry());
  await stage.log.round();
  assert.equal((await found())?.code, 'history_differs');
}

describe('on record', () => {
  const db = ownDatabase();
  let root: string;
  let place: BackupPlace;
  let pair: Pair;
  before(async () => {
    root = db.taken.use(await temporaryFolder()).path;
    place = await BackupPlace.make(root, db.dataFolder);
    await using stage = await openAudit({ database: db.database, folder: db.dataFolder });
    assert.equal(await stage.audit.noted(someEntry()), null);
    await stage.log.round();
    pair = await place.backUp('--as', 'jane', '--why', 'every night');
  });

  const rootKey = () => ['--root-key', join(db.dataFolder, 'root.key')];
  const drill = (named: Pair) => place.run(['backup', 'drill', ...place.naming(named), ...rootKey(), '--as', 'john']);

  it('is each archive by its digest, and who had it made', async () => {
    const made = await onRecord(db.owner);
    assert.deepEqual(
      made.map(({ what, who, from, why, on, about }) => [what, who, from, why, on, about?.what]),
      (['keys', 'data'] as const).map((half) => [
        'backup.made',
        'operator:jane',
        'command line',
        'every night',
        [archive(pair[half])],
        half,
      ]),
    );
  });

  it('or there is no archive', async () => {
    const there = place.files;
    await db.owner.query(FULL_DISK);
    const { code, err } = await place.run(['backup', place.folder]);
    await db.owner.query('DROP FUNCTION full_disk CASCADE');
    assert.equal(code, 1);
    assert.match(err, /\(store_full\)/);
    assert.deepEqual(place.files, there);
  });

  it('is a drill with what came of it, where there is a database to say so', async () => {
    assert.equal((await drill(pair)).code, 0);
    const { code, err } = await drill({ data: pair.keys, keys: pair.keys });
    assert.deepEqual([code, /\((\w+)\)\n/.exec(err)?.[1]], [1, 'backup_swapped']);
    const [good, bad] = (await onRecord(db.owner)).slice(-2);
    const keys = archive(pair.keys);
    assert.equal((await place.run(['backup', 'drill', ...place.naming(pair), '--as', 'John Doe'])).code, 2);
    assert.deepEqual([good?.what, good?.who, good?.outcome], ['backup.drilled', 'operator:john', 'done']);
    assert.deepEqual(good?.on, [archive(pair.data), keys]);
    assert.deepEqual([bad?.what, bad?.outcome, bad?.on], ['backup.drilled', 'backup_swapped', [keys, keys]]);
    const elsewhere = { env: { SALLYPORT_DATA_FOLDER: join(root, 'nothing') } };
    const there = await place.run(['backup', 'drill', ...place.naming(pair), ...rootKey()], elsewhere);
    assert.deepEqual([there.code, there.err], [0, '']);
    assert.equal((await onRecord(db.owner)).length, 4);
  });

  it('is a restore in the log that was restored: who, from which archives, of which time', async () => {
    const into = join(root, 'into');
    await mkdir(into, { mode: 0o700 });
    await copyFile(join(db.dataFolder, 'root.key'), join(into, 'root.key'));
    const said = ['--as', 'jane', '--why', 'the disk is gone'];
    const done = await place.run(['restore', ...place.naming(pair), '--data', into, ...said]);
    assert.deepEqual([done.code, done.err], [0, '']);
    await using taken = new AsyncDisposableStack();
    const database = await openDatabase(databaseOptions(into));
    taken.defer(() => database.close());
    const [entry, ...more] = await onRecord(database.engine);
    assert.deepEqual(more, []);
    const { createdAt } = (await onRecord(db.owner))[0]!.about as { createdAt: string };
    assert.deepEqual([entry?.what, entry?.who, entry?.why], ['backup.restored', 'operator:jane', 'the disk is gone']);
    assert.deepEqual(entry?.on, [archive(pair.data), archive(pair.keys)]);
    assert.deepEqual(entry?.about, { keys: 'of an archive', backedUpAt: createdAt, doubtful: 0 });
    await using stage = await openAudit({ database, folder: into });
    await stage.log.round();
    const { head, flaw } = await stage.log.verify({});
    assert.deepEqual([flaw, head?.size], [null, 2]);
    await contradicts(stage, await laterCheckpoint());
  });

  /** What others have of the log that was lost. */
  async function laterCheckpoint(): Promise<string> {
    await using stage = await openAudit({ database: db.database, folder: db.dataFolder });
    await stage.audit.noted(someEntry());
    await stage.log.round();
    return (await stage.log.head())!.note;
  }
});
