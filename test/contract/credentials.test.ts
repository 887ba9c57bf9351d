import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { hashOfSecret, makeApiKey } from '../../src/access/api-key.ts';
import {
  Accounts,
  type CreatedCredential,
  type Credential,
  Credentials,
  type CredentialsStore,
  isRefusal,
  LOOPBACK_NETWORKS,
  type NewCredential,
  PostgresCredentials,
} from '../../src/access/index.ts';
import { DAY_MS } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import type { Fault } from '../../src/base/fault.ts';
import { HandClock } from '../support/hand-clock.ts';
import { MemoryCredentials } from '../support/memory-credentials.ts';
import { auditOf, TESTER } from '../support/on-record.ts';
import { startTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { registerOf } from '../support/test-register.ts';

const HERE = '127.0.0.1';
const ELSEWHERE = '203.0.113.9';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Ground {
  readonly store: CredentialsStore;
  readonly accountIds: readonly [number, number];
}

const codeOf = (answer: Credential | CreatedCredential | Fault | null): string | null =>
  answer !== null && isRefusal(answer) ? answer.code : null;

const idsOf = (credentials: readonly Credential[]): number[] => credentials.map(({ id }) => id);

function must<T extends Credential | CreatedCredential>(answer: T | Fault): T {
  assert.ok(!isRefusal(answer), `refused: ${JSON.stringify(answer)}`);
  return answer;
}

function credentialsContract(name: string, prepare: () => Promise<Ground>): void {
  describe(`credentials on ${name}`, () => {
    let ground: Ground;
    let clock: HandClock;
    let node: Credentials;

    const newNode = (): Credentials =>
      new Credentials({ store: ground.store, clock, entropy: systemEntropy, log: silent });
    const wanted = (about: Partial<NewCredential> = {}): NewCredential => ({
      accountId: ground.accountIds[0],
      kind: 'api_key',
      name: 'shop',
      capability: {
        verbs: ['send', 'read'],
        senders: ['12345'],
        classes: ['otp'],
        carriers: ['sandbox'],
        networks: LOOPBACK_NETWORKS,
      },
      expiresAtMs: clock.now() + DAY_MS,
      ...about,
    });
    const create = async (about: Partial<NewCredential> = {}): Promise<CreatedCredential> =>
      must(await node.create(wanted(about), TESTER));

    before(async () => {
      ground = await prepare();
    });
    beforeEach(async () => {
      clock = new HandClock();
      node = newNode();
      await node.reload();
    });

    it('admits an API key where it was made, and on another node once that has reloaded', async () => {
      const { credential, secret } = await create();
      assert.equal(node.authenticateKey(secret.reveal(), HERE), credential);
      const other = newNode();
      assert.equal(codeOf(other.authenticateKey(secret.reveal(), HERE)), 'credential_invalid');
      await other.reload();
      assert.deepEqual(other.authenticateKey(secret.reveal(), HERE), credential);
    });

    it('admits a bind with its system_id and password, and with nothing else', async () => {
      const { credential, secret } = await create({ kind: 'smpp' });
      assert.match(secret.reveal(), /^[0-9A-Za-z]{8}$/);
      assert.equal(await node.authenticateBind(credential.lookup, secret.reveal(), HERE), credential);
      for (const [systemId, password] of [
        [credential.lookup, 'wrong'],
        [credential.lookup, ''],
        ['nobody', secret.reveal()],
        ['', ''],
      ] as const) {
        assert.equal(codeOf(await node.authenticateBind(systemId, password, HERE)), 'credential_invalid');
      }
    });

    it('tells only who has the secret that the network is wrong', async () => {
      const key = await create();
      const bind = await create({ kind: 'smpp' });
      assert.equal(codeOf(node.authenticateKey(key.secret.reveal(), ELSEWHERE)), 'network_not_allowed');
      const { lookup } = bind.credential;
      assert.equal(codeOf(await node.authenticateBind(lookup, bind.secret.reveal(), ELSEWHERE)), 'network_not_allowed');
      assert.equal(codeOf(await node.authenticateBind(lookup, 'wrong', ELSEWHERE)), 'credential_invalid');
    });

    it('ends a credential at its time', async () => {
      const { credential, secret } = await create();
      clock.advance(DAY_MS - 1);
      assert.ok(node.isLive(credential, clock.now()));
      assert.equal(node.authenticateKey(secret.reveal(), HERE), credential);
      clock.advance(1);
      assert.ok(!node.isLive(credential, clock.now()));
      assert.equal(codeOf(node.authenticateKey(secret.reveal(), HERE)), 'credential_invalid');
    });

    it('ends a credential when it is revoked, and tells whoever keeps it, on every node', async () => {
      const { credential, secret } = await create({ kind: 'smpp' });
      const other = newNode();
      await other.reload();
      const session = must(await other.authenticateBind(credential.lookup, secret.reveal(), HERE));
      const told: number[] = [];
      node.onRevoked(({ id }) => told.push(id));
      other.onRevoked(({ id }) => told.push(id));

      const revoked = must(await node.revoke(credential.id, TESTER));
      assert.equal(revoked, credential);
      assert.equal(credential.revokedAtMs, clock.now());
      assert.deepEqual(told, [credential.id]);
      assert.ok(other.isLive(session, clock.now()));
      await other.reload();
      assert.ok(!other.isLive(session, clock.now()));
      assert.deepEqual(told, [credential.id, credential.id]);
      assert.equal(
        codeOf(await other.authenticateBind(credential.lookup, secret.reveal(), HERE)),
        'credential_invalid',
      );
    });

    it('keeps the first time of a revocation, and tells of it once', async () => {
      const { credential } = await create();
      const told: number[] = [];
      const stopTelling = node.onRevoked(({ id }) => told.push(id));
      const atMs = clock.now();
      await node.revoke(credential.id, TESTER);
      clock.advance(DAY_MS);
      assert.equal(must(await node.revoke(credential.id, TESTER)).revokedAtMs, atMs);
      const other = newNode();
      await other.reload();
      assert.equal(other.find(credential.id)?.revokedAtMs, atMs);
      assert.deepEqual(told, [credential.id]);
      stopTelling();
      await node.revoke((await create()).credential.id, TESTER);
      assert.deepEqual(told, [credential.id]);
    });

    it('does not know what it never made', async () => {
      assert.equal(codeOf(await node.revoke(2_000_000_000, TESTER)), 'not_found');
      assert.equal(node.find(2_000_000_000), null);
    });

    it('gives a system_id to one credential only', async () => {
      await create({ kind: 'smpp', systemId: `one-${name.length}` });
      const again = wanted({ kind: 'smpp', systemId: `one-${name.length}`, accountId: ground.accountIds[1] });
      assert.equal(codeOf(await node.create(again, TESTER)), 'name_taken');
    });

    it('lists the credentials of one account, oldest first, and of all', async () => {
      const mine = await create();
      const others = await create({ accountId: ground.accountIds[1] });
      assert.equal(idsOf(node.list(ground.accountIds[0])).at(-1), mine.credential.id);
      assert.equal(idsOf(node.list(ground.accountIds[1])).at(-1), others.credential.id);
      assert.deepEqual(idsOf(node.list(null)).slice(-2), [mine.credential.id, others.credential.id]);
    });

    it('refuses what cannot be made, and says which part', async () => {
      const { capability } = wanted();
      const cases: readonly [Partial<NewCredential>, string][] = [
        [{ name: ' ' }, '/name'],
        [{ expiresAtMs: clock.now() }, '/expiresAt'],
        [{ expiresAtMs: clock.now() + 367 * DAY_MS }, '/expiresAt'],
        [{ expiresAtMs: Number.NaN }, '/expiresAt'],
        [{ kind: 'smpp', systemId: 'sixteen_letters_' }, '/systemId'],
        [{ kind: 'api_key', systemId: 'shop' }, '/systemId'],
        [{ capability: { ...capability, verbs: [] } }, '/capability/verbs'],
        [{ capability: { ...capability, carriers: [] } }, '/capability/carriers'],
        [{ capability: { ...capability, networks: [] } }, '/capability/networks'],
        [{ capability: { ...capability, networks: ['10.0.0.0/33'] } }, '/capability/networks/0'],
        [{ capability: { ...capability, senders: ['1', '1'] } }, '/capability/senders'],
      ];
      for (const [about, field] of cases) {
        const answer = await node.create(wanted(about), TESTER);
        assert.ok(isRefusal(answer), field);
        assert.deepEqual([answer.code, answer.field], ['invalid_request', field]);
      }
    });

    it('keeps no secret in the store', async () => {
      const key = await create();
      const bind = await create({ kind: 'smpp' });
      const stored = JSON.stringify(await ground.store.all());
      const [, , keySecret = ''] = key.secret.reveal().split('_');
      assert.ok(!stored.includes(keySecret));
      assert.ok(!stored.includes(bind.secret.reveal()));
      assert.match(stored, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });

    it('admits nobody with a stored capability that cannot be read', async () => {
      const { key, text } = makeApiKey(systemEntropy);
      await ground.store.add(
        {
          accountId: ground.accountIds[0],
          kind: 'api_key',
          name: 'broken',
          lookup: key.lookup,
          secretHash: hashOfSecret(key.secret).toString('hex'),
          capability: { verbs: ['everything'] },
          createdAtMs: clock.now(),
          expiresAtMs: clock.now() + DAY_MS,
        },
        TESTER,
      );
      await node.reload();
      assert.equal(codeOf(node.authenticateKey(text.reveal(), HERE)), 'network_not_allowed');
    });
  });
}

credentialsContract('the fake in memory', () =>
  Promise.resolve({ store: new MemoryCredentials(), accountIds: [1, 2] as const }),
);

describe('in PostgreSQL', () => {
  let database: TestDatabase;
  before(async () => {
    database = await startTestDatabase();
  });
  after(() => database.close());

  credentialsContract('PostgreSQL', async () => {
    const accounts = new Accounts(database.engine, auditOf(database.engine));
    const ids: number[] = [];
    for (const account of ['first', 'second']) {
      const made = await accounts.create(account, TESTER);
      assert.ok('id' in made);
      ids.push(made.id);
    }
    const store = new PostgresCredentials(auditOf(database.engine), await registerOf(database.engine));
    await store.all();
    return {
      store,
      accountIds: ids as [number, number],
    };
  });

  it('an account has a name of its own, and is found by it', async () => {
    const accounts = new Accounts(database.engine, auditOf(database.engine));
    const made = await accounts.create('clinic', TESTER);
    assert.deepEqual(await accounts.find('clinic'), made);
    assert.equal(await accounts.find('nobody'), null);
    assert.deepEqual(await accounts.create('clinic', TESTER), { code: 'name_taken', field: '/name' });
    assert.ok((await accounts.list()).some(({ name }) => name === 'clinic'));
  });
});
