import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import {
  askWitness,
  formatVerifierKey,
  Ledger,
  parseTilePath,
  parseVerifierKey,
  signerKey,
  Witness,
  Witnessing,
  WitnessServer,
} from '../../src/audit/index.ts';
import { openCheckpoint, rootOf, signCheckpoint, type VerifierKey } from '../../src/audit/tree/index.ts';
import { AuditOffice } from '../../src/audit-office.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Dice } from '../../src/base/dice.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { exportTo, verifyFolder } from '../../src/doors/cli/audit-folder.ts';
import { checkedProof } from '../../src/doors/cli/check-proof.ts';
import { clientTls, explainTlsError, serverTls } from '../../src/transport/index.ts';
import { type AuditStage, openAudit, someEntry } from '../support/audit-stage.ts';
import { CertificateShop } from '../support/certificates.ts';
import { openTestDatabase, silentLog, type TestDatabase, temporaryFolder } from '../support/database.ts';
import { HandClock } from '../support/hand-clock.ts';
import { logKey, ORIGIN } from '../support/log-keys.ts';
import { logOf } from '../support/memory-log.ts';
import { offer } from '../support/offered-checkpoint.ts';
import { TESTER } from '../support/on-record.ts';

const taken = new AsyncDisposableStack();
const shop = taken.use(new CertificateShop());
const authority = shop.issue({ isAuthority: true });
const identity = shop.issue({ names: 'DNS:localhost' }, authority);
after(() => taken.disposeAsync());

/** A witness as `witness run` is one. */
async function witnessOf(name: string, folder: string, logs: readonly string[]) {
  const ledger = taken.use(await Ledger.open(join(folder, 'witness')));
  const key = signerKey('ed25519-cosignature', name, systemEntropy.fill(Buffer.alloc(32)));
  const watched = logs.map((encoded) => parseVerifierKey(encoded)!).map((log) => ({ origin: log.name, keys: [log] }));
  const own = { folder: join(folder, 'tls'), hostName: 'localhost', clock: systemClock, entropy: systemEntropy };
  const tls = await serverTls({ ...own, files: identity, log: silentLog });
  taken.defer(() => tls.close());
  const witness = new Witness({ ledger, logs: watched, keys: [key], clock: systemClock });
  const server = taken.use(new WitnessServer({ witness, tls, log: silentLog }));
  return { key: parseVerifierKey(formatVerifierKey(key))!, port: await server.listen(0, 'localhost') };
}

interface Asked {
  readonly server: TestDatabase;
  readonly stage: AuditStage;
  readonly witness: { readonly key: VerifierKey; readonly port: number };
  readonly servername?: string;
}

function witnessing({ server, stage, witness, servername = 'localhost' }: Asked) {
  const alarms: string[] = [];
  const tls = () => clientTls({ servername, caFile: authority.certFile });
  const url = `https://localhost:${witness.port}/`;
  const asking = new Witnessing({
    log: stage.log,
    pool: server.database.engine,
    witnesses: [{ key: witness.key, ask: (body) => askWitness({ url, tls, clock: systemClock }, body) }],
    quorum: 1,
    connect: () => server.database.connectEngine(),
    explain: explainTlsError,
    contradicts: (name, is) => (is || alarms.length > 0) && alarms.push(`${name} ${is}`),
    clock: systemClock,
    entropy: new Dice(1),
    events: silentLog,
  });
  taken.defer(() => asking.close());
  return { asking, alarms };
}

async function organisation() {
  const server = taken.use(await openTestDatabase());
  const { path: folder } = taken.use(await temporaryFolder());
  return { server, folder, stage: taken.use(await openAudit({ database: server.database, folder })) };
}

async function grow({ audit, log }: AuditStage, count: number): Promise<void> {
  for (let left = count; left > 0; left--) await audit.noted(someEntry());
  await log.round();
}

test('two organisations witness each other, and each can show it', async () => {
  const [here, there] = [await organisation(), await organisation()];
  const [ours, theirs] = [
    await witnessOf('here.example', here.folder, [there.stage.log.key.verifier]),
    await witnessOf('there.example', there.folder, [here.stage.log.key.verifier]),
  ];
  for (const [own, witness] of [
    [here, theirs],
    [there, ours],
  ] as const) {
    const { asking, alarms } = witnessing({ ...own, witness });
    for (const count of [3, 300]) {
      await grow(own.stage, count);
      await asking.round();
      const head = (await own.stage.log.head())!;
      const policy = {
        origin: own.stage.log.key.origin,
        logKeys: [parseVerifierKey(own.stage.log.key.verifier)!],
        witnesses: [witness.key],
        quorum: 1,
      };
      const opened = openCheckpoint(Buffer.from(await own.stage.log.cosigned(head)), policy);
      assert.ok(typeof opened === 'object', JSON.stringify(opened));
      assert.equal(opened.checkpoint.size, head.size);
      assert.deepEqual(await asking.witnessed(), { size: head.size, atMs: head.atMs });
      assert.equal(openCheckpoint(Buffer.from(head.note), policy), 'quorum_missed');
    }
    assert.deepEqual(alarms, []);
    await asking.close();
  }
});

test('proofs and exported folders carry cosignatures, also of a log that has grown since', async () => {
  const one = await organisation();
  const { log } = one.stage;
  const witness = await witnessOf('witness.example', one.folder, [log.key.verifier]);
  const { asking } = witnessing({ ...one, witness });
  await grow(one.stage, 300);
  const bare = await log.proofFile(7);
  await asking.round();
  await grow(one.stage, 20);
  const witnessKeys = [formatVerifierKey(witness.key)];
  const check = async (index: number) =>
    checkedProof(Buffer.from((await log.proofFile(index))!), log.key.verifier, witnessKeys);
  assert.deepEqual(await check(7).then(({ size, witnesses, flaw }) => [size, witnesses, flaw]), [
    300,
    ['witness.example'],
    null,
  ]);
  assert.equal((await check(310)).flaw, 'quorum_missed'); // no cosigned checkpoint covers it yet
  assert.equal(checkedProof(Buffer.from(bare!), log.key.verifier, witnessKeys).flaw, 'quorum_missed');
  assert.equal(checkedProof(Buffer.from(bare!), log.key.verifier).flaw, null);
  const office = new AuditOffice({
    auditLog: log,
    audit: one.stage.audit,
    clock: systemClock,
    auditOutlets: { witnessing: asking },
    messages: { view: () => Promise.resolve(null), evidence: () => Promise.resolve(null) },
  });
  const folder = join(one.folder, 'exported');
  const wide = Buffer.from((await office.witnessedCheckpoint())!);
  const policy = { origin: log.key.origin, logKeys: [parseVerifierKey(log.key.verifier)!], witnesses: [witness.key] };
  assert.equal(typeof openCheckpoint(wide, { ...policy, quorum: 1 }), 'object');
  const remote = async (path: string): Promise<Buffer> => {
    if (path === 'key') return Buffer.from(office.verifier);
    if (path === 'checkpoint') return Buffer.from((await office.checkpoint())!);
    return path === 'checkpoint/witnessed' ? wide : ((await office.tile(parseTilePath(path)!, TESTER)) as Buffer);
  };
  assert.equal((await exportTo(folder, remote, undefined)).flaw, null);
  assert.deepEqual(await readFile(join(folder, 'checkpoint.witnessed')), wide);
  const verified = await verifyFolder(folder, undefined, []);
  assert.deepEqual([verified.size, verified.checkpoints, verified.flaw], [320, 2, null]);
  const fork = signCheckpoint({ origin: ORIGIN, size: 300, root: Buffer.alloc(32), extensions: [] }, [logKey], 0);
  await writeFile(join(folder, 'checkpoint.witnessed'), fork);
  assert.equal((await verifyFolder(folder, undefined, [])).flaw?.code, 'checkpoint_not_signed');
});

test('a log that shrank or was written anew is found out by its witness, and by the alarm', async () => {
  const one = await organisation();
  const witness = await witnessOf('witness.example', one.folder, [one.stage.log.key.verifier]);
  const { asking, alarms } = witnessing({ ...one, witness });
  await grow(one.stage, 40);
  await asking.round();
  assert.equal((await asking.witnessed())?.size, 40);
  const owner = taken.use(await ownerOf(one.server));
  await one.stage.log.close();
  await owner.client.query('TRUNCATE audit_group, audit_tile, audit_checkpoint, audit_cosignature');
  await rm(join(one.folder, 'audit-head')); // who rewrote the database removed that too
  const again = { ...one, stage: taken.use(await openAudit({ database: one.server.database, folder: one.folder })) };
  const second = witnessing({ ...again, witness });
  await asking.close();
  await grow(again.stage, 10);
  await second.asking.round();
  await second.asking.round();
  assert.match(
    (await second.asking.states())[0]!.trouble!,
    /at 40 entries, and here it has 10: something was taken out/,
  );
  await grow(again.stage, 40);
  await second.asking.round();
  assert.match((await second.asking.states())[0]!.trouble!, /another history of this log/);
  assert.equal(await second.asking.witnessed(), null);
  assert.deepEqual(
    [alarms, second.alarms],
    [[], ['witness.example true', 'witness.example true', 'witness.example true']],
  );
});

async function ownerOf(server: TestDatabase) {
  const client = await server.connectOwner();
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

test('a witness whose certificate is for another name is not believed, and said why', async () => {
  const one = await organisation();
  const witness = await witnessOf('witness.example', one.folder, [one.stage.log.key.verifier]);
  const { asking } = witnessing({ ...one, witness, servername: 'witness.example' });
  await grow(one.stage, 3);
  await asking.round();
  assert.equal((await asking.states())[0]!.trouble, 'its certificate is for another name');
  assert.equal(await asking.witnessed(), null);
});

test('a witness signs neither a rollback nor a second history, whichever of several comes first', async () => {
  const { path } = taken.use(await temporaryFolder());
  const ledger = taken.use(await Ledger.open(path));
  const key = signerKey('ed25519-cosignature', 'witness.example', Buffer.alloc(32, 9));
  const witness = new Witness({ ledger, logs: [{ origin: ORIGIN, keys: [logKey] }], keys: [key], clock: systemClock });
  const log = logOf(60);
  const statuses = async (...bodies: Buffer[]) =>
    (await Promise.all(bodies.map((body) => witness.addCheckpoint(body)))).map(({ status }) => status);
  assert.deepEqual(await statuses(await offer(log, 0, 50), await offer(log, 0, 40)), [200, 409]);
  assert.deepEqual(await statuses(await offer(log, 0, 40), await offer(log, 40, 50)), [409, 409]);
  assert.deepEqual(await statuses(await offer(log, 50, 60), await offer(log, 50, 60)), [200, 409]);
  const fork = logOf(60);
  assert.deepEqual((await ledger.last(ORIGIN))?.root, await rootOf(60, fork.read));
  await assert.rejects(Ledger.open(path), /in use/);
});

test('a witness that is killed before any step has told nobody of what it does not remember', async () => {
  const { path } = taken.use(await temporaryFolder());
  const log = logOf(60);
  const [first, second] = [join(path, 'first'), join(path, 'second')];
  await writeFile(first, await offer(log, 0, 40));
  await writeFile(second, await offer(log, 40, 60));
  const seed = '07'.repeat(32);
  const run = (state: string, step: number, ...files: string[]) =>
    spawnSync(process.execPath, [
      join(import.meta.dirname, '../support/witness-child.ts'),
      state,
      String(step),
      seed,
      formatVerifierKey(logKey),
      ...files,
    ]);
  let kills = 0;
  for (let step = 1; ; step++) {
    const state = join(path, `state-${step}`);
    assert.equal(run(state, 0, first).status, 0);
    const { stdout, signal } = run(state, step, second);
    const hasTold = String(stdout) !== '';
    const ledger = await Ledger.open(state);
    const { size } = (await ledger.last(ORIGIN))!;
    ledger[Symbol.dispose]();
    assert.ok(size === 60 || (size === 40 && !hasTold), `step ${step}: ${size}`);
    const [again] = String(run(state, 0, second).stdout).split('\n');
    assert.equal((JSON.parse(again!) as { status: number }).status, size === 60 ? 409 : 200);
    if (signal === null) break;
    kills++;
  }
  assert.ok(kills >= 4, `killed at ${kills} steps`);
});

const believing = () => clientTls({ servername: 'localhost', caFile: authority.certFile });

const spoiled: Readonly<Record<string, (socket: TLSSocket, clock: HandClock) => unknown>> = {
  'breaks off': (socket) => socket.destroy(),
  'never ends': (_, clock) => clock.advance(10_000),
};

for (const [how, spoil] of Object.entries(spoiled)) {
  test(`a witness that ${how} its answer in the middle is trouble, and no end of the gateway`, async () => {
    const clock = new HandClock();
    const [cert, key] = await Promise.all([readFile(identity.certFile), readFile(identity.keyFile)]);
    const server = createServer({ cert, key }, (socket) => {
      socket.on('error', () => {}); // it is this side that goes
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'));
      const hasAnswered = () => void setImmediate(() => spoil(socket, clock));
      subscribe('http.client.response.finish', hasAnswered);
      socket.once('close', () => unsubscribe('http.client.response.finish', hasAnswered));
    });
    taken.defer(() => void server.close());
    await once(server.listen(0, 'localhost'), 'listening');
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    await assert.rejects(askWitness({ url, tls: believing, clock }, 'old 0\n'), { code: 'ECONNRESET' });
  });
}
