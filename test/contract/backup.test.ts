import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { writeArchive } from '../../src/backup/archive.ts';
import { readRecipient } from '../../src/backup/index.ts';
import { DAY_MS, HOUR_MS, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { faults } from '../../src/base/fault.ts';
import { IdSource, idDay, idText } from '../../src/base/id.ts';
import type { Vault } from '../../src/vault/index.ts';
import { BackupPlace, type Pair } from '../support/backups.ts';
import { temporaryFolder } from '../support/database.ts';
import { ownDatabase } from '../support/hooks.ts';
import { openVault } from '../support/vault.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
/** What a data folder without a database may have. */
const PREPARED = ['root.key', 'gateway.lock', 'gateway.pid'];
const OF_BACKUPS = /^(?:backup|restore)_/;

const isScratch = (name: string): boolean => name.startsWith('sallyport-restore-');
const laterBy = (ms: number) => ({ ...systemClock, now: () => systemClock.now() + ms });

/** The code that a command refused with. */
const codeOf = ({ code, err }: { code: number; err: string }): string => {
  assert.equal(code, 1, err);
  return /\((?<code>\w+)\)\n/.exec(err)!.groups!.code!;
};

const flippedAt = (at: number) => (bytes: Buffer) => {
  bytes[at]! ^= 1;
  return bytes;
};

const names = (...pairs: Pair[]) =>
  pairs.flatMap(({ data, keys }) => [data, keys].map((path) => path.split('/').at(-1)!));

describe('backup and restore', () => {
  const db = ownDatabase();
  let root: string;
  let vault: Vault;
  let place: BackupPlace;
  let pair: Pair;
  let into: string;
  const met = new Set<string>();

  before(async () => {
    root = db.taken.use(await temporaryFolder()).path;
    vault = await openVault(db.engine, join(db.dataFolder, 'root.key'));
    db.taken.defer(() => vault.close());
    await db.owner.query(`INSERT INTO account (name) VALUES ('shop')`);
    await vault.addAccount(1);
    await addMessage(Buffer.from('hello'));
    place = await BackupPlace.make(root, db.dataFolder);
    pair = await place.backUp();
    into = await prepare('into');
  });

  /** Stores a message with a body of its own, or with a broken one. */
  async function addMessage(text: Buffer | null): Promise<void> {
    const id = new IdSource(systemClock, systemEntropy).next();
    await vault.prepareDays([1], [idDay(id)]);
    const recipient = vault.newRecipientKey(1, text === null ? 2 : 1);
    const wrapped = Buffer.alloc(75);
    vault.wrapRecipientKeyInto(wrapped, 0, recipient);
    const body = Buffer.alloc(vault.sealedBytes(text?.length ?? 1));
    if (text === null) body[0] = 1;
    else vault.sealBodyInto(body, 0, { accountId: 1, id, recipient, codeEndsAtMs: null }, text);
    if (text === null) body.writeInt16BE(1, 1);
    await db.owner.query('INSERT INTO vault.recipient_key VALUES (1, $1, $2)', [recipient.id, wrapped]);
    await db.owner.query(
      `INSERT INTO message (account_id, id, recipient_id, credential_id, carrier_id, node_id, direction, class, data_coding,
         flags, segments, hand_off, expires_at, sender, body) VALUES (1, $1, $2, 1, 1, 1, 0, 1, 0, 0, 1, 0, now(), '10666', $3)`,
      [idText(id), recipient.id, body],
    );
  }

  async function prepare(name: string): Promise<string> {
    const folder = join(root, name);
    await mkdir(folder, { mode: 0o700 });
    await copyFile(join(db.dataFolder, 'root.key'), join(folder, 'root.key'));
    return folder;
  }

  /** Restores, which must be refused, and looks that nothing was made. */
  async function refused(named: string[], more: Parameters<BackupPlace['run']>[1] = {}): Promise<string> {
    const code = codeOf(await place.run(['restore', ...named, '--data', into], more));
    met.add(code);
    assert.deepEqual(
      readdirSync(into).filter((name) => !PREPARED.includes(name)),
      [],
    );
    return code;
  }

  /** A copy of an archive that something was done to. */
  async function spoilt(path: string, spoil: (bytes: Buffer) => Buffer): Promise<string> {
    const copy = join(root, 'spoilt');
    await writeFile(copy, spoil(await readFile(path)));
    return copy;
  }

  it('refuses an archive with any of its octets altered', async () => {
    for (const half of ['data', 'keys'] as const) {
      const size = readFileSync(pair[half]).length;
      for (let at = 0; at < size; at += Math.ceil(size / 100)) {
        const code = await refused(place.naming({ ...pair, [half]: await spoilt(pair[half], flippedAt(at)) }));
        assert.match(code, OF_BACKUPS, `${half} at ${at}`);
      }
      assert.equal(
        await refused(place.naming({ ...pair, [half]: await spoilt(pair[half], flippedAt(size - 1)) })),
        'backup_altered',
      );
    }
  });

  it('refuses an archive of any other length', async () => {
    const size = readFileSync(pair.data).length;
    for (let at = 0; at < size; at += Math.ceil(size / 50)) {
      const code = await refused(
        place.naming({ ...pair, data: await spoilt(pair.data, (bytes) => bytes.subarray(0, at)) }),
      );
      assert.equal(code, at < 22 ? 'backup_unknown' : 'backup_truncated', `at ${at}`);
    }
    const longer = await spoilt(pair.data, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]));
    assert.equal(await refused(place.naming({ ...pair, data: longer })), 'backup_altered');
  });

  it('refuses the one half in the place of the other', async () => {
    assert.equal(await refused(place.naming({ data: pair.keys, keys: pair.data })), 'backup_swapped');
    assert.equal(await refused(place.naming({ data: pair.data, keys: pair.data })), 'backup_swapped');
  });

  it('refuses what has expired, keys sooner than data', async () => {
    const keysOver = await place.run(['restore', ...place.naming(pair), '--data', into], {
      clock: laterBy(73 * HOUR_MS),
    });
    assert.match(keysOver.err, /\.keys expired at .*\(backup_expired\)/);
    const dataOver = await place.run(['restore', ...place.naming(pair), '--data', into], {
      clock: laterBy(31 * DAY_MS),
    });
    assert.match(dataOver.err, /\.data expired at .*\(backup_expired\)/);
    assert.equal(await refused(place.naming(pair), { clock: laterBy(73 * HOUR_MS) }), 'backup_expired');
  });

  it('refuses keys that are older than the data', async () => {
    const later = await place.backUp();
    assert.equal(await refused(place.naming({ data: later.data, keys: pair.keys })), 'backup_pair_mismatch');
  });

  it('refuses archives of another installation, or for another key, or by another hand', async () => {
    const other = await otherPlace('other');
    assert.equal(await refused(place.naming(await other.backUp())), 'backup_other_installation');
    const mixed = ['--archive', pair.data, '--keys', pair.keys, '--identity', place.identity];
    assert.equal(await refused([...mixed, '--keys-identity', other.identity]), 'backup_other_installation');
    const second = await otherPlace('second', place.installation);
    assert.equal(await refused(place.naming(await second.backUp())), 'backup_key_mismatch');
    assert.equal(await refused(place.naming(await (await forger(second)).backUp())), 'backup_altered');
  });

  async function otherPlace(name: string, installation?: string): Promise<BackupPlace> {
    const folder = join(root, name);
    await mkdir(folder);
    return BackupPlace.make(folder, db.dataFolder, installation);
  }

  /** Somebody who knows whom backups are sealed for, and not what signs them. */
  async function forger(second: BackupPlace): Promise<BackupPlace> {
    const [theirs, own] = [place, second].map(({ recipient }) => readFileSync(recipient, 'utf8').trim().split(' '));
    writeFileSync(second.recipient, [...theirs!.slice(0, -1), own!.at(-1)].join(' '));
    return second;
  }

  it('refuses an archive of a newer gateway', async () => {
    const newer = await spoilt(pair.data, (bytes) =>
      Buffer.from(bytes.toString('latin1').replace('"format":1', '"format":2'), 'latin1'),
    );
    assert.equal(await refused(place.naming({ ...pair, data: newer })), 'backup_newer');
    await db.owner.query(`INSERT INTO schema_migration (name, sha256) VALUES ('9999-of-tomorrow.sql', '')`);
    const ahead = await place.backUp();
    await db.owner.query(`DELETE FROM schema_migration WHERE name = '9999-of-tomorrow.sql'`);
    assert.equal(await refused(place.naming(ahead)), 'backup_schema_newer');
    assert.equal(await refused(place.naming({ data: pair.data, keys: ahead.keys })), 'backup_schema_newer');
  });

  it('refuses a root key that is not the one, or is not there', async () => {
    const wrong = join(root, 'wrong.key');
    assert.equal(await refused([...place.naming(pair), '--root-key', wrong]), 'root_key_missing');
    await writeFile(wrong, Buffer.alloc(32, 7), { mode: 0o600 });
    assert.equal(await refused([...place.naming(pair), '--root-key', wrong]), 'root_key_mismatch');
  });

  it('refuses what does not open with its keys, and takes it away again', async () => {
    await addMessage(null);
    const broken = await place.backUp();
    await db.owner.query('DELETE FROM message WHERE recipient_id = 2');
    assert.equal(await refused(place.naming(broken)), 'restore_check_failed');
  });

  it('touches no database that is there', async () => {
    const occupied = await place.run(['restore', ...place.naming(pair), '--data', db.dataFolder]);
    met.add(codeOf(occupied));
    assert.match(occupied.err, /\(restore_target_in_use\)/);
  });

  it('makes no backup without somebody to seal it for, or with key files that are not private', async () => {
    const none = { env: { SALLYPORT_BACKUP_RECIPIENT_FILE: '' } };
    met.add(codeOf(await place.run(['backup', place.folder], none)));
    chmodSync(place.recipient, 0o644);
    assert.equal(codeOf(await place.run(['backup', place.folder])), 'backup_key_unusable');
    chmodSync(place.recipient, 0o600);
    assert.equal(codeOf(await place.run(['backup', 'keygen', join(place.recipient, '..')])), 'backup_key_unusable');
    const swapped = { env: { SALLYPORT_BACKUP_RECIPIENT_FILE: place.identity } };
    met.add(codeOf(await place.run(['backup', place.folder], swapped)));
    met.add(codeOf(await place.run(['backup', place.recipient])));
    assert.equal(codeOf(await place.run(['backup', place.recipient, '--every', '1'])), 'backup_folder_unusable');
    assert.ok(met.has('backup_not_set_up') && met.has('backup_key_unusable') && met.has('backup_folder_unusable'));
  });

  it('makes no backup that forgets a table', async () => {
    await db.owner.query('CREATE TABLE of_tomorrow (id int4)');
    met.add(codeOf(await place.run(['backup', place.folder])));
    await db.owner.query('DROP TABLE of_tomorrow');
    assert.ok(met.has('backup_table_unlisted'));
  });

  it('has met every one of its faults', () => {
    const codes = Object.keys(faults).filter((code) => OF_BACKUPS.test(code));
    assert.deepEqual(
      codes.filter((code) => !met.has(code)),
      [],
    );
  });

  it('removes what has expired, what is beyond the newest, and what a killed backup left', async () => {
    const own = await otherPlace('tidy');
    const [first, second] = [await own.backUp(), await own.backUp()];
    const left = join(own.folder, `${first.data.split('/').at(-1)}.unfinished`);
    writeFileSync(left, '');
    writeFileSync(join(own.folder, 'notes.txt'), '');
    const third = await own.backUp('--keep', '2');
    const others = ['notes.txt', left.split('/').at(-1)!];
    assert.deepEqual(own.files, [...names(second, third), ...others].toSorted());
    utimesSync(left, 0, 0);
    const later = await own.run(['backup', own.folder, '--json'], { clock: laterBy(73 * HOUR_MS) });
    const { data, keys } = JSON.parse(later.out) as Record<'data' | 'keys', { path: string }>;
    const kept = names({ data: data.path, keys: keys.path });
    const data2and3 = names(second, third).filter((name) => name.endsWith('.data'));
    assert.deepEqual(own.files, [...data2and3, ...kept, 'notes.txt'].toSorted());
  });

  it('makes one after the other until it is told to stop', async () => {
    const own = await otherPlace('series');
    const env = { ...process.env, ...own.env };
    const argv = [MAIN, 'backup', own.folder, '--every', '60', '--json'];
    const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(
      own.files.map((name) => name.split('.').at(-1)),
      ['data', 'keys'],
    );
  });

  it('makes no archive where the disk has room for some of its last octets alone', async () => {
    const own = await otherPlace('small');
    const { keys } = await own.backUp();
    const blocks = Math.floor((statSync(keys).size - 256) / 512);
    for (const name of own.files) rmSync(join(own.folder, name));
    const env = { ...process.env, ...own.env };
    const argv = ['-c', `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath, MAIN, 'backup', own.folder];
    const child = spawnSync('/bin/sh', argv, { env, encoding: 'utf8' });
    assert.equal(codeOf({ code: child.status ?? 0, err: child.stderr }), 'backup_folder_unusable');
    assert.deepEqual(own.files, []);
  });

  it('leaves nothing of an archive whose rows cannot be read', async () => {
    const own = await otherPlace('failing');
    const recipient = await readRecipient(own.recipient);
    const gone = new Error('the connection is gone');
    async function* blocks() {
      yield Buffer.alloc(1024 * 1024, 7);
      throw gone;
    }
    const table = { name: 'message', parent: null, columns: ['id'] };
    const times = { createdAtMs: 0, expiresAtMs: 0 };
    const fields = { what: 'data' as const, pair: '00000000', migrations: [], days: [], ...times };
    const broken = { tables: [table], sequences: {}, copy: () => ({ blocks: blocks(), rows: () => 1 }) };
    const path = join(own.folder, 'archive');
    await assert.rejects(writeArchive(broken, { path, fields, recipient, entropy: systemEntropy }), gone);
    assert.deepEqual(own.files, []);
  });

  it('leaves nothing that looks whole when a restore is killed, and the next one is whole', async () => {
    const folder = await prepare('killed');
    const restore = ['restore', ...place.naming(pair), '--data', folder];
    const child = spawn(process.execPath, [MAIN, ...restore], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    const hasBegun = () =>
      readdirSync(folder).some((name) => isScratch(name) && existsSync(join(folder, name, 'postgres')));
    while (!hasBegun()) await new Promise(setImmediate);
    child.kill('SIGKILL');
    await ended;
    assert.ok(!readdirSync(folder).includes('postgres'));
    assert.ok(readdirSync(folder).some(isScratch));
    const { code } = await place.run(restore);
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(folder).toSorted(), [...PREPARED, 'postgres'].toSorted());
  });
});
