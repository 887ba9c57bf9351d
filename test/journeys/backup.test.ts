import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from 'pg';
import { HOUR_MS, systemClock } from '../../src/base/clock.ts';
import { AccountClient, type Shown } from '../support/account-client.ts';
import { BackupPlace, type Pair } from '../support/backups.ts';
import { command } from '../support/command-line.ts';
import { temporaryFolder } from '../support/database.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { readMessages } from '../support/restored.ts';

const PEOPLE = { erased: '+12025550101', kept: '+12025550102' };
const TEXTS = { erased: 'of one who is erased', kept: 'of one who stays' };
const NOTHING = { number: null, text: null };

/** A new data folder with the root key in it, as an operator prepares it. */
async function prepare(into: string, gateway: GatewayProcess): Promise<string> {
  await mkdir(into, { mode: 0o700 });
  await copyFile(join(gateway.dataFolder, 'root.key'), join(into, 'root.key'));
  return into;
}

async function asOwner(dataFolder: string, statement: string, values: unknown[]): Promise<void> {
  const client = new Client({ host: join(dataFolder, 'run'), user: 'sallyport_owner', database: 'sallyport' });
  await client.connect();
  await client.query(statement, values);
  await client.end();
}

/** As an operator does it. */
async function erase(gateway: GatewayProcess, number: string): Promise<void> {
  const wanted = { number, why: 'asked by letter', by: 'jane' };
  const { status } = await gateway.control('POST', '/v1/accounts/sandbox/erasures', wanted);
  assert.equal(status, 200);
}

/** What `audit verify` says of the log of a gateway. */
const verified = (gateway: GatewayProcess) =>
  command(['audit', 'verify'], { socketPath: join(gateway.dataFolder, 'control.sock') });

const endDay = (gateway: GatewayProcess, message: string) =>
  asOwner(
    gateway.dataFolder,
    `INSERT INTO vault.tombstone (account_id, kind, record)
     SELECT account_id, 'day', to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::int8 / 1000)::date - date 'epoch'
     FROM message WHERE id = $1`,
    [message],
  );

const fromNow = (ms: number) => new Date(systemClock.now() + ms).toISOString();
const statesOf = ({ timeline }: Shown) => timeline.map(({ state }) => state);

describe('a backup that was made while the gateway ran', () => {
  let root: AsyncDisposable & { readonly path: string };
  let gateway: GatewayProcess;
  let client: AccountClient;
  let place: BackupPlace;
  let pair: Pair;
  let ids: [erased: string, kept: string];
  before(async () => {
    root = await temporaryFolder();
    gateway = await GatewayProcess.start({ dataFolder: join(root.path, 'data') });
    client = await AccountClient.open(gateway);
    ids = [
      await client.sends({ to: PEOPLE.erased, text: TEXTS.erased }),
      await client.sends({ to: PEOPLE.kept, text: TEXTS.kept }),
    ];
    for (const id of ids) await client.until(id, 'delivered');
    place = await BackupPlace.make(root.path, gateway.dataFolder);
    pair = await place.backUp();
  });
  after(async () => {
    client[Symbol.dispose]();
    await gateway[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  const restore = async (name: string, ...keys: string[]): Promise<string> => {
    const into = await prepare(join(root.path, name), gateway);
    const named = ['--archive', pair.data, '--identity', place.identity, '--data', into];
    const { code, err } = await place.run(['restore', ...named, ...keys]);
    assert.deepEqual([code, err], [0, '']);
    return into;
  };
  const kept = { number: PEOPLE.kept.slice(1), text: TEXTS.kept };
  const erased = { number: PEOPLE.erased.slice(1), text: TEXTS.erased };

  it('passes its drill', async () => {
    const rootKey = join(gateway.dataFolder, 'root.key');
    const { code, out } = await place.run(['backup', 'drill', ...place.naming(pair), '--root-key', rootKey]);
    assert.equal(code, 0);
    assert.match(out, /messages +2 opened, 0 whose key is destroyed/);
    assert.match(out, /in all +\d+\.\d s: within 900\.0 s/);
    assert.match(out, /age of the backup +\d+\.\d s: within 300\.0 s/);
  });

  it('comes back whole with its own keys', async () => {
    assert.deepEqual(await readMessages(await restore('whole', '--keys', pair.keys), ids), [erased, kept]);
  });

  it('leaves a person unreadable who was erased since, with the keys as they are now', async () => {
    await erase(gateway, PEOPLE.erased);
    const into = await restore('erased', '--keys-of', gateway.dataFolder);
    assert.deepEqual(await readMessages(into, ids), [NOTHING, kept]);
    await using restored = await GatewayProcess.start({ dataFolder: into });
    const { code, out } = await verified(restored);
    assert.equal(code, 0, out);
    using again = client.at(restored);
    const { body } = await again.get(`/v1/messages/${ids[0]}`);
    assert.ok(!JSON.stringify(body).includes(TEXTS.erased) && !JSON.stringify(body).includes(PEOPLE.erased));
  });

  it('leaves a person unreadable who was erased since, with the keys of a later backup', async () => {
    const later = await place.backUp();
    const into = await restore('erased-later', '--keys', later.keys);
    assert.deepEqual(await readMessages(into, ids), [NOTHING, kept]);
  });

  it('sends nothing again that may have been sent since, and keeps what is not due', async () => {
    const otp = await client.sends({ to: PEOPLE.kept, class: 'otp', sendAt: fromNow(3000) });
    const later = await client.sends({ to: PEOPLE.kept, class: 'otp', sendAt: fromNow(HOUR_MS) });
    const { data, keys } = await place.backUp();
    assert.deepEqual(statesOf(await client.until(otp, 'delivered')).slice(-2), ['sent', 'delivered']);
    const into = await prepare(join(root.path, 'later'), gateway);
    const done = await place.run(['restore', ...place.naming({ data, keys }), '--data', into]);
    assert.match(done.out, /in doubt +1 that waited then, and may have been sent since/);
    await using restored = await GatewayProcess.start({ dataFolder: into });
    using again = client.at(restored);
    assert.ok(!statesOf(await again.until(otp, 'in_doubt')).includes('sent'));
    assert.equal((await again.reads(later)).state, 'scheduled');
    assert.equal((await again.post(`/v1/messages/${later}/cancel`)).body.state, 'cancelled');
  });

  it('keeps to what was decided since: no message to who was erased, nothing that names the person, a hold in force', async () => {
    const number = '+12025550103';
    const id = await client.sends({ to: number, reference: 'customer 77' });
    await client.until(id, 'delivered');
    const { data } = await place.backUp();
    const asked = async (path: string, body: object, status: number) =>
      assert.equal((await gateway.control('POST', path, body)).status, status, path);
    const days = { fromDay: '2020-01-01', toDay: '2020-02-01', expiresAt: fromNow(HOUR_MS) };
    await asked('/v1/holds', { account: 'sandbox', ...days, why: 'case 12', by: 'jane' }, 201);
    await asked('/v1/holds/1/approve', { by: 'john' }, 200);
    const person = { number, why: 'asked by letter', by: 'jane' };
    await asked('/v1/accounts/sandbox/erasures', person, 200);
    const into = await prepare(join(root.path, 'decided'), gateway);
    const named = ['--archive', data, '--keys-of', gateway.dataFolder, '--identity', place.identity];
    assert.equal((await place.run(['restore', ...named, '--data', into])).code, 0);
    assert.deepEqual(await readMessages(into, [id]), [NOTHING]);

    await using restored = await GatewayProcess.start({ dataFolder: into });
    using again = client.at(restored);
    const sends = () => again.post('/v1/messages', { to: number, from: '10666', text: 'Hello' });
    assert.equal((await sends()).body.code, 'recipient_suppressed');
    assert.equal((await again.get(`/v1/messages/${id}`)).body.reference, null);
    const { body } = await restored.control('GET', '/v1/holds');
    assert.deepEqual(
      (body as { holds: { state: string }[] }).holds.map(({ state }) => state),
      ['in force'],
    );
    assert.equal((await restored.control('POST', '/v1/accounts/sandbox/suppressions/lift', person)).status, 204);
    await again.until(await again.sends({ to: number }), 'delivered');
  });

  it('leaves the texts of a day unreadable whose key was destroyed since', async () => {
    await endDay(gateway, ids[0]);
    const into = await restore('day', '--keys-of', gateway.dataFolder);
    assert.deepEqual(await readMessages(into, ids), [NOTHING, { ...kept, text: null }]);
  });

  it('starts a gateway again that knows its messages', async () => {
    const into = await restore('started', '--keys', pair.keys);
    await using restored = await GatewayProcess.start({ dataFolder: into });
    using again = client.at(restored);
    assert.equal((await again.reads(ids[1])).state, 'delivered');
    await again.until(await again.sends({ to: PEOPLE.kept }), 'delivered');
  });
});
