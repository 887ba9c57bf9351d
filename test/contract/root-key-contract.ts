import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { FaultError } from '../../src/base/fault.ts';
import type { Binding } from '../../src/vault/envelope.ts';
import { kindOfWrapped, type RootKey, type RootKind, rootVersionOf } from '../../src/vault/root-key.ts';

export interface RootKeyStage extends AsyncDisposable {
  readonly kind: RootKind;
  /** The same root key as another process opens it. The caller closes it. */
  open(): Promise<RootKey>;
  /** Another root key of the same kind. */
  openOther(): Promise<RootKey>;
  /** Has it make a version of its key; null where it does that by itself, and says nothing. */
  readonly renews: boolean;
}

const binding: Binding = { purpose: 'account key', accountId: 7, record: 0, revision: 1 };
const accountKey = Buffer.from('an account key has thirty-two oc');
const isMismatch = ({ fault }: FaultError): boolean => fault.code === 'root_key_mismatch';

/** An altered version is one that is not there. */
const isRefused = ({ fault }: FaultError): boolean => ['root_key_mismatch', 'root_key_missing'].includes(fault.code);

async function unwrapped(root: RootKey, wrapped: Buffer, at: Binding = binding): Promise<Buffer> {
  const plain = Buffer.alloc(32);
  await root.unwrapInto(plain, wrapped, at);
  return plain;
}

/** What every root key promises, wherever it is. */
export function rootKeyContract(name: string, openStage: () => Promise<RootKeyStage>): void {
  describe(`a root key in ${name}`, () => {
    let stage: RootKeyStage;
    let root: RootKey;
    before(async () => {
      stage = await openStage();
      root = await stage.open();
    });
    after(async () => {
      root.close();
      await stage[Symbol.asyncDispose]();
    });

    it('opens what it wrapped, also after a restart', async () => {
      const wrapped = await root.wrap(accountKey, binding);
      assert.deepEqual(await unwrapped(root, wrapped), accountKey);
      const again = await stage.open();
      assert.deepEqual(await unwrapped(again, wrapped), accountKey);
      again.close();
    });

    it('says what it is and which version wrapped, and shows nothing of the key', async () => {
      const wrapped = await root.wrap(accountKey, binding);
      assert.equal(root.kind, stage.kind);
      assert.equal(kindOfWrapped(wrapped), stage.kind);
      assert.equal(rootVersionOf(wrapped), (await root.versions()).at(-1)?.version);
      assert.equal(wrapped.includes(accountKey), false);
      assert.notDeepEqual(await root.wrap(accountKey, binding), wrapped);
    });

    it('opens a key for its own account, purpose and version only', async () => {
      const wrapped = await root.wrap(accountKey, binding);
      const others: Partial<Binding>[] = [{ accountId: 8 }, { purpose: 'day key' }, { revision: 2 }, { record: 1 }];
      for (const other of others)
        await assert.rejects(unwrapped(root, wrapped, { ...binding, ...other }), isMismatch, JSON.stringify(other));
    });

    it('refuses what was altered in any octet, or cut short', async () => {
      const wrapped = await root.wrap(accountKey, binding);
      for (let at = 1; at < wrapped.length; at++) {
        const altered = Buffer.from(wrapped);
        altered[at]! ^= 0x10;
        await assert.rejects(unwrapped(root, altered), isRefused, `octet ${at}`);
      }
      for (const length of [3, 5, 40, wrapped.length - 1])
        await assert.rejects(unwrapped(root, wrapped.subarray(0, length)), isMismatch, `length ${length}`);
    });

    it('does not open what another one wrapped', async () => {
      const other = await stage.openOther();
      const wrapped = await other.wrap(accountKey, binding);
      await assert.rejects(unwrapped(root, wrapped), isMismatch);
      other.close();
    });

    it('answers many at a time', async () => {
      const accounts = Array.from({ length: 20 }, (_, accountId) => ({ ...binding, accountId }));
      const wrapped = await Promise.all(accounts.map((each) => root.wrap(accountKey, each)));
      const opened = await Promise.all(wrapped.map((each, at) => unwrapped(root, each, accounts[at])));
      for (const key of opened) assert.deepEqual(key, accountKey);
    });

    it('makes versions that wrap from then on, while older ones go on opening', async () => {
      const older = await root.wrap(accountKey, binding);
      const known = (await root.versions()).length;
      if (stage.renews) {
        const made = await root.renew();
        assert.equal(rootVersionOf(await root.wrap(accountKey, binding)), made.version);
        assert.equal((await root.versions()).length, known + 1);
        assert.ok(made.madeAtMs !== null);
      } else {
        await assert.rejects(root.renew(), ({ fault }: FaultError) => fault.code === 'kms_refused');
      }
      assert.deepEqual(await unwrapped(root, older), accountKey);
    });

    it('forgets an older version for good, and what that wrapped with it', async () => {
      if (!stage.renews) return assert.rejects(root.forget(1), ({ fault }: FaultError) => fault.code === 'kms_refused');
      const older = await root.wrap(accountKey, binding);
      await root.renew();
      const latest = await root.wrap(accountKey, binding);
      const version = rootVersionOf(older);
      for (let time = 0; time < 2; time++) {
        await root.forget(version);
        const again = await stage.open();
        for (const one of [root, again]) {
          assert.ok(!(await one.versions()).some((known) => known.version === version));
          await assert.rejects(unwrapped(one, older), isRefused);
          assert.deepEqual(await unwrapped(one, latest), accountKey);
        }
        again.close();
      }
    });
  });
}
