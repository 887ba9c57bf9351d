import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Client } from 'pg';
import { AuditStore } from '../../src/audit/audit-store.ts';
import { type AuditLog, entryBytes } from '../../src/audit/index.ts';
import { LogKey } from '../../src/audit/log-key.ts';
import { Frontier, leafHash } from '../../src/audit/tree/index.ts';
import { AuditOffice } from '../../src/audit-office.ts';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { FaultCode } from '../../src/base/fault.ts';
import { IdSource, idText } from '../../src/base/id.ts';
import { Secret } from '../../src/base/secret.ts';
import { inTransaction } from '../../src/store/index.ts';
import type { Vault } from '../../src/vault/index.ts';
import { type AuditStage, type AuditStageOptions, openAudit, someEntry } from '../support/audit-stage.ts';
import { isFault } from '../support/faults.ts';
import { eachTest, ownDatabase } from '../support/hooks.ts';

const db = ownDatabase();
const each = eachTest(() =>
  db.owner.query('TRUNCATE audit_group, audit_tile, audit_checkpoint, audit_key; DELETE FROM vault.key'),
);

const stage = async (more: Partial<AuditStageOptions> = {}): Promise<AuditStage> =>
  each.taken.use(await openAudit({ database: db.database, folder: each.folder, ...more }));

const record = ({ audit }: AuditStage): Promise<void> =>
  inTransaction(db.engine, (client) => audit.record(client, someEntry()));

const FORGED = entryBytes({ ...someEntry(), why: 'it never happened' });

/** Puts another second entry into a log of two, with the tile and the root that fit it. */
async function rewrite(log: AuditLog, isSigned: boolean): Promise<void> {
  const frontier = new Frontier();
  const leaves = [(await log.entry(0))!, FORGED].map(leafHash);
  for (const leaf of leaves) frontier.append(leaf);
  const root = frontier.root();
  await db.owner.query('ALTER TABLE audit_group DISABLE TRIGGER keep_audit_place');
  const packed = Buffer.concat([Buffer.of(FORGED.length >> 8, FORGED.length & 0xff), FORGED]);
  await db.owner.query('UPDATE audit_group SET entries = $1 WHERE first_index = 1', [packed]);
  await db.owner.query('ALTER TABLE audit_group ENABLE TRIGGER keep_audit_place');
  await db.owner.query('UPDATE audit_tile SET hashes = $1', [Buffer.concat(leaves)]);
  await db.owner.query('UPDATE audit_checkpoint SET root = $1 WHERE size = 2', [root]);
  if (!isSigned) return;
  const note = log.key.sign({ size: 2, root });
  await db.owner.query('UPDATE audit_checkpoint SET note = $1 WHERE size = 2', [note]);
}

/** What the owner of the database does behind the back of a gateway, and the fault that it is. */
const forgeries: Readonly<Record<string, { code: FaultCode; forge: (log: AuditLog) => Promise<unknown> }>> = {
  'cut short': {
    code: 'audit_log_short',
    forge: async () => {
      await db.owner.query(
        'DELETE FROM audit_group WHERE first_index = 1; DELETE FROM audit_checkpoint WHERE size = 2',
      );
      await db.owner.query('UPDATE audit_tile SET hashes = substring(hashes FROM 1 FOR 32)');
    },
  },
  'rewritten under a checkpoint that nobody signed': { code: 'audit_log_changed', forge: (log) => rewrite(log, false) },
  'another one, signed by the same key': { code: 'audit_log_changed', forge: (log) => rewrite(log, true) },
};

for (const [how, { code, forge }] of Object.entries(forgeries)) {
  test(`nothing more is signed over a log that was ${how} while a gateway works, and none starts on it`, async () => {
    const clients: Client[] = [];
    const connect = async () => {
      const client = await db.database.connectEngine();
      clients.push(client);
      return client;
    };
    const opened = await stage({ connect });
    for (let count = 0; count < 2; count++) {
      await record(opened);
      await opened.log.round();
    }
    const signed = (await opened.log.head())!;
    await forge(opened.log);
    const forged = (await opened.log.head())!;
    await clients[0]!.end(); // the tree in memory goes with its connection
    await record(opened);
    for (let rounds = 0; rounds < 3; rounds++) await opened.log.round();
    assert.deepEqual(await opened.log.head(), forged);
    assert.ok(clients.length > 1);
    await opened[Symbol.asyncDispose]();
    const kept = opened.log.key.open(await readFile(join(each.folder, 'audit-head'), 'utf8'));
    assert.deepEqual([kept?.size, kept?.root], [2, signed.root]);
    await assert.rejects(stage(), isFault(code));
  });
}

test('two gateways that make the key of a log at the same time have the same one', async () => {
  const engine = db.engine;
  const vault: Pick<Vault, 'sealSecret' | 'openSecret'> = {
    sealSecret: (_kind, _account, _record, secret) => Buffer.from(secret.reveal()),
    openSecret: (_kind, _account, _record, sealed) => new Secret(sealed.toString()),
  };
  const parts = { vault: vault as Vault, entropy: systemEntropy, origin: null };
  const load = (client: Pick<Client, 'query'>) => LogKey.load(new AuditStore(client), parts);
  let other: LogKey | null = null;
  const query = async (text: string, values: unknown[]) => {
    if (text.startsWith('INSERT INTO audit_key') && other === null) other = await load(engine);
    return engine.query(text, values);
  };
  const key = await load({ query } as unknown as Client);
  assert.equal(key.verifier, (other as LogKey | null)?.verifier);
});

test('a reason in which somebody writes the id of a message puts nothing into its time line', async () => {
  const { audit, log } = await stage();
  const id = new IdSource(systemClock, systemEntropy).next();
  const name = `message:${idText(id)}`;
  await audit.noted(someEntry({ what: 'message.cancelled', on: [name, 'account:1'] }));
  await audit.noted(
    someEntry({ what: 'message.read', on: ['message:of-another', 'account:2'], why: `${name} account:2` }),
  );
  await log.round();
  const messages = { view: () => Promise.resolve(null), evidence: () => Promise.resolve(null) };
  const auditOutlets = { witnessing: null as never };
  const office = new AuditOffice({ auditLog: log, audit, auditOutlets, messages, clock: systemClock });
  const by = { who: 'operator:local', from: null };
  const shown = await office.timeline(1, id, by);
  assert.ok('entries' in shown);
  assert.deepEqual(
    shown.entries.map(({ what, index }) => [what, index]),
    [['message.cancelled', 0]],
  );
  assert.deepEqual(await office.timeline(2, id, by), { code: 'message_not_found' });
});
