import type pg from 'pg';
import type { Vault } from '../vault/index.ts';
import { AuditStore } from './audit-store.ts';
import { LogKey } from './log-key.ts';
import type { TrustPolicy } from './tree/index.ts';
import { DatabaseSource, type Walked, walkLog } from './walk/index.ts';

/** Of a log without a key: whatever was signed there is by nobody. */
const NOBODY: TrustPolicy = { origin: '', logKeys: [], witnesses: [], quorum: 0 };

/**
 * Goes through the whole log of a database that no gateway uses, as `AuditLog.verify` does, and believes the key that its
 * own vault opens. Throws `key_unusable` or `seal_broken` where that does not open.
 */
export async function verifyStored(client: pg.ClientBase, vault: Pick<Vault, 'openSecret'>): Promise<Walked> {
  const store = new AuditStore(client);
  const key = await LogKey.find(store, vault);
  return await walkLog({ source: new DatabaseSource(store), policy: key?.policy ?? NOBODY, claims: [] });
}
