import type pg from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { Vault, type VaultOptions } from '../../src/vault/index.ts';
import { unrecorded } from './key-log.ts';
import { rootKeysIn } from './root-keys.ts';

/** A vault as a gateway process opens it, with its root key in a file. The caller closes it. */
export const openVault = (pool: pg.Pool, rootKeyFile: string, more: Partial<VaultOptions> = {}): Promise<Vault> =>
  Vault.open({
    pool,
    root: rootKeysIn(rootKeyFile),
    entropy: systemEntropy,
    clock: systemClock,
    record: unrecorded,
    ...more,
  });
