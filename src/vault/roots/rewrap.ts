import type pg from 'pg';
import type { RecordKeyEvent } from '../key-event.ts';
import { bindingOf } from '../keyring.ts';
import { KEY_BYTES, lockedBytes, wipe } from '../locked-memory.ts';
import type { RootKey } from '../root-key.ts';
import type { AccountKeyRow, RootsStore } from './roots-store.ts';

/**
 * Wraps every account key again, under the latest version of the root key that is in force, in one transaction: until it
 * is committed every key opens as it did, and after it as it does from now on. Accounts that are added meanwhile wait for
 * nothing. Answers how many keys there are.
 */
export async function rewrapAccountKeys(store: RootsStore, root: RootKey, record: RecordKeyEvent): Promise<number> {
  return await store.transaction(async (client: pg.PoolClient) => {
    const rows = await store.lock(client);
    const rewrapped: AccountKeyRow[] = [];
    for (const row of rows) rewrapped.push(await rewrap(row, root));
    await store.replace(client, rewrapped);
    const what = { what: 'rewrapped', kind: 'account', accountId: null, record: null, version: null } as const;
    await record(client, { ...what, count: rows.length });
    return rows.length;
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
