import type { ClientBase } from 'pg';
import { type Flaw, verifyStored } from '../audit/index.ts';
import { DAY_MS } from '../base/clock.ts';
import { FaultError } from '../base/fault.ts';
import { parseId } from '../base/id.ts';
import { must } from '../base/must.ts';
import type { AppliedMigration } from '../store/index.ts';
import type { Vault } from '../vault/index.ts';
import { appliedMigrations, type SampleRow, sampleMessages } from './check-store.ts';
import type { CopiedTable } from './frames.ts';
import { countRows } from './load-store.ts';

/** What was restored, before anybody uses it. */
export interface Restored {
  /** As the owner of the tables. */
  readonly client: ClientBase;
  readonly vault: Vault;
  readonly tables: readonly CopiedTable[];
  readonly migrations: readonly AppliedMigration[];
}

export interface CheckResult {
  readonly name: string;
  /** What was seen, in words. */
  readonly words: string;
}

interface Check {
  readonly name: string;
  /** Answers what it saw; throws `restore_check_failed`. */
  readonly run: (restored: Restored) => Promise<string>;
}

/** How many messages of each day are opened. */
const SAMPLE = 200;

const failed = (detail: string, cause?: unknown) => new FaultError('restore_check_failed', { detail }, cause);

/** The checks of a restored database, in their order. What follows from the restored data alone belongs here. */
const checks: readonly Check[] = [
  {
    name: 'migrations',
    async run({ client, migrations }) {
      const applied = await appliedMigrations(client);
      if (JSON.stringify(applied) !== JSON.stringify(migrations))
        throw failed('The database has been through other migrations.');
      return `as far as ${applied.at(-1)?.name ?? 'none'}`;
    },
  },
  {
    name: 'rows',
    async run({ client, tables }) {
      const counts = await countRows(
        client,
        tables.map(({ name }) => name),
      );
      const wrong = tables.find(({ rows }, at) => rows !== counts[at]);
      if (wrong !== undefined) throw failed(`The table ${wrong.name} has not the rows that were backed up.`);
      return `${tables.reduce((sum, { rows }) => sum + rows, 0)} in ${tables.length} tables and partitions`;
    },
  },
  {
    name: 'messages',
    async run({ client, vault, tables }) {
      const counts = { opened: 0, destroyed: 0 };
      for (const { name } of tables) {
        const date = /^message_(\d{4})(\d\d)(\d\d)$/.exec(name);
        if (date === null) continue;
        const day = Date.parse(date.slice(1).join('-')) / DAY_MS;
        for (const row of await sampleMessages(client, name, day, SAMPLE)) counts[await openOne(vault, row)]++;
      }
      return `${counts.opened} opened, ${counts.destroyed} whose key is destroyed`;
    },
  },
  {
    name: 'audit log',
    async run({ client, vault }) {
      const { head, checkpoints, flaw } = await verified(client, vault);
      if (flaw !== null) throw failed(`The audit log is not what was signed: ${wordsOf(flaw)}`);
      return `${head?.size ?? 0} entries and ${checkpoints} checkpoints, as they were signed`;
    },
  },
];

/** The log of what was restored, as `audit verify` goes through it. */
async function verified(client: ClientBase, vault: Vault) {
  try {
    return await verifyStored(client, vault);
  } catch (cause) {
    if (!(cause instanceof FaultError)) throw cause;
    throw failed('The key that signs the audit log does not open with the keys.', cause);
  }
}

const wordsOf = ({ code, where, words }: Flaw): string => `${where}: ${words} (${code}).`;

/** What is destroyed has a tombstone. A key that is missing without one, or does not open what it should, is a failure. */
async function openOne(vault: Vault, row: SampleRow): Promise<'opened' | 'destroyed'> {
  const { accountId, recipientId, body, sealedNumber, wrapped } = row;
  if (row.isPersonGone) return 'destroyed';
  try {
    const id = parseId(row.id);
    must(id !== null, 'messages have ids of ours');
    must(wrapped !== null, 'who was not erased has a key');
    const recipient = vault.unwrapRecipientKey(accountId, recipientId, wrapped);
    must(recipient !== null, 'a key is wrapped in a way that is known here');
    if (sealedNumber !== null) must(vault.openNumber(sealedNumber, recipient) !== null, 'so is a number');
    if (row.isDayGone) return 'destroyed';
    await vault.loadKeysOf([{ accountId, id, codeEndsAtMs: null, sealedBody: body }]);
    const message = { accountId, id, recipient, codeEndsAtMs: null };
    must(vault.openBody(body, message) !== null, 'so is a body, and the key of its day is here');
    return 'opened';
  } catch (cause) {
    throw failed('A message does not open with the keys: they are not its keys, or it was altered.', cause);
  }
}

/** Runs all checks. Throws `restore_check_failed` at the first that fails. */
export async function runChecks(restored: Restored): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const { name, run } of checks) results.push({ name, words: await run(restored) });
  return results;
}
