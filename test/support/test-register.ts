import { createHmac } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { PostgresCredentials } from '../../src/access/index.ts';
import { CarriersStore, RoutesStore } from '../../src/carriers/index.ts';
import { WebhooksStore } from '../../src/messages/notify/webhooks-store.ts';
import { Register } from '../../src/register/index.ts';
import { silentLog } from './database.ts';
import { FakeAlarms } from './fake-alarms.ts';
import { auditOf } from './on-record.ts';

export interface RegisterStage {
  readonly alarms?: FakeAlarms;
  /** Where it keeps what it has seen; a new place where it is left out. */
  readonly file?: string;
  readonly key?: string;
  /** Whether the log says that a page was begun. */
  readonly isOnRecord?: (words: string) => Promise<boolean>;
}

export const registerFile = async (): Promise<string> =>
  join(await mkdtemp(join(tmpdir(), 'sallyport-register-')), 'register');

/** The register of a database, under a key that every process knows. */
export async function registerOf(pool: pg.Pool, stage: RegisterStage = {}): Promise<Register> {
  const {
    alarms = new FakeAlarms(),
    file = await registerFile(),
    key = 'test',
    isOnRecord = () => Promise.resolve(false),
  } = stage;
  return Register.open({
    pool,
    vault: { ownMark: (said) => createHmac('sha256', key).update(said).digest() },
    audit: auditOf(pool),
    alarms,
    log: silentLog,
    file,
    isOnRecord,
  });
}

/** The stores of all tables that are in it. */
export const registeredStores = (pool: pg.Pool, register: Register) => ({
  carrier: new CarriersStore(pool, auditOf(pool), register),
  credential: new PostgresCredentials(auditOf(pool), register),
  route: new RoutesStore(auditOf(pool), register),
  webhook: new WebhooksStore(auditOf(pool), register),
});
