import type pg from 'pg';
import type { RecordKeyEvent } from '../key-event.ts';
import { bindingOf } from '../keyring.ts';
import { KEY_BYTES, lockedBytes, wipe } from '../locked-memory.ts';
import type { RootKey } from '../root-key.ts';
import { tombstonesStore } from '../tombstones-store.ts';
import type { RootKeys } from './root-keys.ts';
import type { AccountKeyRow, RootsStore } from './roots-store.ts';

const many = { accountId: null, record: null, version: null } as const;

/**
 * Wraps every account key again, under the latest version of the root key that is in force, in one transaction: until it
 * is committed every key opens as it did, and after it as it does from now on. `isRenewed`: that version is made first,
 * and is on record before it is. Accounts that are added meanwhile wait for nothing. Answers how many keys there are.
 */
export async function rewrapAccountKeys(
  store: RootsStore,
  root: RootKey,
  record: RecordKeyEvent,
  isRenewed: boolean,
): Promise<number> {
  return await store.transaction(async (client: pg.PoolClient) => {
    if (isRenewed) await record(client, { what: 'made', kind: 'root', ...many, count: 1 });
    // Before the new version: two gateways that make one at once would each make the same one in their own way.
    const rows = await store.lock(client);
    if (isRenewed) await store.learn(client, root.kind, await root.renew());
    const rewrapped: AccountKeyRow[] = [];
    for (const row of rows) rewrapped.push(await rewrap(row, root));
    await store.replace(client, rewrapped);
    await record(client, { what: 'rewrapped', kind: 'account', ...many, count: rows.length });
    await tombstonesStore.tell(client, 'key');
    return rows.length;
  });
}

/** Changes the passphrase of the root key, on record. */
export async function changePassphrase(
  store: RootsStore,
  root: RootKeys,
  record: RecordKeyEvent,
  { current, next }: { current: Buffer | null; next: Buffer | null },
): Promise<void> {
  await store.transaction(async (client: pg.PoolClient) => {
    await record(client, { what: 'rewrapped', kind: 'root', ...many, count: 1 });
    await root.changePassphrase(current, next);
  });
}

async function rewrap(row: AccountKeyRow, root: RootKey): Promise<AccountKeyRow> {
  const binding = bindingOf({ accountId: row.accountId, kind: 'account', day: 0, version: row.version });
  const bytes = lockedBytes(KEY_BYTES);
  try {
    await root.unwrapInto(bytes, row.wrapped, binding);
    return { ...row, wrapped: await root.wrap(bytes, binding) };
  } finally {
    wipe(bytes);
  }
}
