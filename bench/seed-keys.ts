import { join } from 'node:path';
import { Pool } from 'pg';
import { systemClock } from '../src/base/clock.ts';
import { systemEntropy } from '../src/base/entropy.ts';
import { BinaryArray, BYTEA, INT8 } from '../src/store/index.ts';
import { RootKeys, Vault, WRAPPED_KEY_BYTES } from '../src/vault/index.ts';

/** Far from the ids that the gateway gives. */
const FIRST_ID = 1_000_000_000;
const BATCH = 10_000;

const poolOf = (dataFolder: string): Pool =>
  new Pool({
    host: join(dataFolder, 'run'),
    user: 'sallyport_gateway',
    database: 'sallyport',
    options: '-c role=sallyport_engine',
  });

/** Whether an account key is being exchanged. */
export async function isRotating(dataFolder: string): Promise<boolean> {
  const pool = poolOf(dataFolder);
  const { rowCount } = await pool.query('SELECT FROM vault.rotation');
  await pool.end();
  return rowCount !== 0;
}

/** Gives an account keys of people who do not exist, wrapped as the gateway wraps them. */
export async function seedKeys(dataFolder: string, account: string, count: number): Promise<void> {
  const pool = poolOf(dataFolder);
  const file = { path: join(dataFolder, 'root.key'), passphraseFile: null };
  const settings = { inForce: 'file', file, pkcs11: null, kms: null } as const;
  const root = new RootKeys({ settings, clock: systemClock, entropy: systemEntropy });
  const vault = await Vault.open({
    pool,
    root,
    entropy: systemEntropy,
    clock: systemClock,
    record: () => Promise.resolve(),
  });
  try {
    const { rows } = await pool.query<{ id: number }>('SELECT id FROM account WHERE name = $1', [account]);
    for (let done = 0; done < count; done += BATCH)
      await insert(pool, vault, rows[0]!.id, [FIRST_ID + done, Math.min(BATCH, count - done)]);
  } finally {
    vault.close();
    root.close();
    await pool.end();
  }
}

async function insert(pool: Pool, vault: Vault, accountId: number, [from, count]: [number, number]): Promise<void> {
  const ids = new BinaryArray(INT8, count, 8);
  const wrapped = new BinaryArray(BYTEA, count, WRAPPED_KEY_BYTES);
  for (let id = from; id < from + count; id++) {
    ids.int8(id);
    vault.wrapRecipientKeyInto(wrapped.bytes, wrapped.next(), vault.newRecipientKey(accountId, id));
  }
  await pool.query(
    `INSERT INTO vault.recipient_key (account_id, recipient_id, wrapped)
     SELECT $1, id, wrapped FROM unnest($2::int8[], $3::bytea[]) AS new (id, wrapped)`,
    [accountId, ids.bytes, wrapped.bytes],
  );
}
