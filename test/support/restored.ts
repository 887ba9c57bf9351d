import { join } from 'node:path';
import { parseId } from '../../src/base/id.ts';
import { openDatabase } from '../../src/store/index.ts';
import type { Vault } from '../../src/vault/index.ts';
import { databaseOptions } from './database.ts';
import { openVault } from './vault.ts';

/** What can be read of a message: null where it cannot be. */
export interface Readable {
  readonly number: string | null;
  readonly text: string | null;
}

interface Row {
  readonly isCode: boolean;
  readonly expiresAt: Date;
  readonly account: number;
  readonly recipient: number;
  readonly body: Buffer;
  readonly sealed: Buffer | null;
  readonly wrapped: Buffer | null;
}

const FIND = `SELECT m.class = 0 AS "isCode", m.expires_at AS "expiresAt",
    m.account_id AS account, m.recipient_id::float8 AS recipient, body, sealed_number AS sealed, wrapped
  FROM message m LEFT JOIN recipient r ON (r.account_id, r.id) = (m.account_id, m.recipient_id)
  LEFT JOIN vault.recipient_key k ON (k.account_id, k.recipient_id) = (m.account_id, m.recipient_id) WHERE m.id = $1`;

/** Reads messages of a data folder with all the keys that it has, without its gateway. */
export async function readMessages(dataFolder: string, ids: readonly string[]): Promise<Readable[]> {
  await using taken = new AsyncDisposableStack();
  const database = await openDatabase(databaseOptions(dataFolder));
  taken.defer(() => database.close());
  const rootKeyFile = join(dataFolder, 'root.key');
  const vault = await openVault(database.engine, rootKeyFile);
  taken.defer(() => vault.close());
  const read: Readable[] = [];
  for (const id of ids) {
    const { rows } = await database.engine.query<Row>(FIND, [id]);
    read.push(await readOne(vault, id, rows[0]!));
  }
  return read;
}

async function readOne(
  vault: Vault,
  id: string,
  { isCode, expiresAt, account, recipient, body, sealed, wrapped }: Row,
): Promise<Readable> {
  const key = wrapped === null || sealed === null ? null : vault.unwrapRecipientKey(account, recipient, wrapped);
  if (key === null) return { number: null, text: null };
  const codeEndsAtMs = isCode ? expiresAt.getTime() : null;
  const message = { accountId: account, id: parseId(id)!, recipient: key, codeEndsAtMs };
  await vault.loadKeysOf([{ ...message, sealedBody: body }]);
  const text = vault.openBody(body, message)?.toString('latin1') ?? null;
  return { number: vault.openNumber(sealed!, key), text };
}
