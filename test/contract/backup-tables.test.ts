import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { Client } from 'pg';
import { tables } from '../../src/backup/tables.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { IdSource, idText } from '../../src/base/id.ts';
import { openDatabase } from '../../src/store/index.ts';
import { openAudit, someEntry } from '../support/audit-stage.ts';
import { BackupPlace } from '../support/backups.ts';
import { databaseOptions, temporaryFolder } from '../support/database.ts';
import { type OwnDatabase, ownDatabase } from '../support/hooks.ts';

const ids = new IdSource(systemClock, systemEntropy);
const id = idText(ids.next());
const zeros = (byteCount: number) => `'\\x${'00'.repeat(byteCount)}'`;

/** Makes a row of each table that is empty otherwise. A new table needs a line here, and one in src/backup/tables.ts. */
const SEEDS: Readonly<Record<string, string>> = {
  credential: `(account_id, kind, name, lookup, secret_hash, capability, expires_at) VALUES (1, 'api_key', 'a', 'b', 'c', '{}', now())`,
  carrier: `(name, kind, settings) VALUES ('north', 'smpp', '{"host": "smsc.example"}')`,
  route: `(prefix, carriers) VALUES ('44', '{north,south}')`,
  webhook: `(account_id, url, sealed_secret) VALUES (1, 'https://example.com/', '\\x01')`,
  register: `VALUES ('route', 1, ${zeros(20)}, ${zeros(32)})`,
  node: `(lease_until, open_from, events_from) VALUES (now(), '${id}', now())`,
  sweep: `VALUES ('a', now())`,
  recipient: `VALUES (1, nextval('recipient_block'), ${zeros(16)}, '\\x00')`,
  message_event: `(account_id, message_id, at, state, segment, node_id, carrier_id, code) VALUES (1, '${id}', now(), 5, 0, 1, 1, 0)`,
  message_replacement: `VALUES (1, '${id}', 1, now(), 0, 0, 1, now(), '\\x00')`,
  // Of another message: what is owed about this one, whose person has a tombstone, is not restored.
  waiting: `VALUES (1, '${idText(ids.next())}', 1, 5, 1, now(), 0, now(), 0)`,
  retention: `VALUES (1, 'message_body', 14, 'jane', now())`,
  legal_hold: `(account_id, from_day, to_day, why, asked_by, asked_at, expires_at)
    VALUES (1, '2030-01-01', '2030-01-02', 'case', 'jane', now(), now() + interval '1 day')`,
  suppression: `VALUES (1, decode(repeat('00', 16), 'hex'), now(), 'erased')`,
  erasure: `VALUES ('${id}', 1, now(), '\\x00', 1)`,
  inbound_part: `VALUES (1, '${id}', 1, 2, 8, 7, '${id}', 1, 1, 1, '10666', 0, 0, now(), now(), false, '\\x00')`,
  idempotency: `VALUES (1, '\\x01', '\\x02', '\\x03', now())`,
  unmatched_receipt: `VALUES (1, now(), 'r', 'delivered', 'unmatched', 0, NULL, now(), now(), 1)`,
  missing_receipt: `VALUES (1, now(), 1)`,
  audit_export: `(sink, next_index) VALUES ('siem', 1)`,
  alarm: `(alarm, about, gateway, since, said_at, seen_until)
    VALUES ('carrier_down', '{carrier:1}', gen_random_uuid(), now(), now(), now())`,
  audit_witness: `(witness, size) VALUES ('witness.example', 1)`,
  audit_cosignature: `VALUES (1, 'witness.example', 'line', now())`,
  'vault.tombstone': `(account_id, kind, record) VALUES (1, 'recipient', 99)`,
  'vault.rotation': `(account_id, to_version, draws, from_day, paged_by) VALUES (1, 2, 'nothing', now(), 'a')`,
  'vault.root_version': `(tag, version, made_at) VALUES (3, 1, now())`,
  'vault.recipient_key': `VALUES (1, 1, '\\x00')`,
};

const FOUND = `SELECT c.oid::regclass::text AS name FROM pg_class c
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND pg_get_userbyid(c.relowner) = current_user ORDER BY name`;
const REFERENCES = `SELECT conrelid::regclass::text AS from, confrelid::regclass::text AS to FROM pg_constraint
  WHERE contype = 'f' AND conparentid = 0 AND conrelid <> confrelid`;

/** Everything in a table, whatever its order, but for columns that are not backed up. */
const content = (name: string) =>
  `SELECT md5(string_agg(row, '' ORDER BY row)) AS hash, count(*)::int4 AS rows
   FROM (SELECT (to_jsonb(t) - '{${(tables[name]?.without ?? []).join(',')}}'::text[])::text AS row FROM ${name} t) rows`;

/** The keys of the gateway, and a log with an entry that was signed. */
async function makeLog({ database, dataFolder }: OwnDatabase): Promise<void> {
  await using stage = await openAudit({ database, folder: dataFolder });
  assert.equal(await stage.audit.noted(someEntry()), null);
  await stage.log.round();
}

describe('what a backup holds', () => {
  const db = ownDatabase();
  let root: string;
  before(async () => {
    root = db.taken.use(await temporaryFolder()).path;
  });

  it('is said of every table there is, and of no other', async () => {
    const { rows } = await db.owner.query<{ name: string }>(FOUND);
    assert.deepEqual(
      rows.map(({ name }) => name),
      Object.keys(tables).toSorted(),
    );
  });

  it('is loaded in an order in which what is referred to comes first', async () => {
    const order = Object.keys(tables);
    const { rows } = await db.owner.query<{ from: string; to: string }>(REFERENCES);
    assert.ok(rows.length > 0);
    for (const { from, to } of rows) assert.ok(order.indexOf(to) < order.indexOf(from), `${from} refers to ${to}`);
  });

  it('is every row of every table, and sequences go on', async () => {
    const rootKeyFile = join(db.dataFolder, 'root.key');
    await db.owner.query(`INSERT INTO account (name) VALUES ('shop')`);
    await makeLog(db);
    for (const [name, values] of Object.entries(SEEDS)) await db.owner.query(`INSERT INTO ${name} ${values}`);
    await db.owner.query(
      `INSERT INTO message (account_id, id, recipient_id, credential_id, carrier_id, node_id, direction, class, data_coding,
         flags, segments, hand_off, expires_at, sender, body) VALUES (1, '${id}', 99, 1, 1, 1, 0, 0, 0, 0, 1, 0, now(), '', '\\x00')`,
    );
    const place = await BackupPlace.make(root, db.dataFolder);
    const pair = await place.backUp();
    await db.owner.query(`SELECT setval('recipient_block', 500)`);
    const into = join(root, 'into');
    await mkdir(into, { mode: 0o700 });
    await copyFile(rootKeyFile, join(into, 'root.key'));
    const done = await place.run(['restore', ...place.naming(pair), '--data', into]);
    assert.deepEqual([done.code, done.err], [0, '']);
    await using taken = new AsyncDisposableStack();
    const restored = await openDatabase(databaseOptions(into));
    taken.defer(() => restored.close());
    const heir = new Client({ host: join(into, 'run'), user: 'sallyport_owner', database: 'sallyport' });
    await heir.connect();
    taken.defer(() => heir.end());
    // The gateway that was lost, which the restore has added (restored.test.ts).
    await heir.query('DELETE FROM node WHERE id = 2');
    // What is on record of the backup and of the restore themselves (backup-record.test.ts).
    const ofBackups = `DELETE FROM audit_group WHERE position(convert_to('"backup.', 'UTF8') in entries) > 0`;
    assert.deepEqual([(await db.owner.query(ofBackups)).rowCount, (await heir.query(ofBackups)).rowCount], [2, 1]);
    for (const [name] of Object.entries(tables).filter(([, row]) => row.in !== 'none')) {
      const [was, is] = await Promise.all([db.owner.query(content(name)), heir.query(content(name))]);
      assert.ok(was.rows[0].rows > 0, `${name} has no row to restore: it needs a seed`);
      assert.deepEqual(is.rows, was.rows, name);
    }
    const { rows } = await heir.query<{ next: string }>(`SELECT nextval('recipient_block') AS next`);
    assert.equal(rows[0]!.next, '2');
  });
});
