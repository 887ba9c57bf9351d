import { join } from 'node:path';
import type { Client } from 'pg';
import { Audit, AuditLog, type Entry } from '../../src/audit/index.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { BatchWriter, type Database, makeDays } from '../../src/store/index.ts';
import { silentLog } from './database.ts';
import { openVault } from './vault.ts';

export interface AuditStage extends AsyncDisposable {
  readonly audit: Audit;
  readonly log: AuditLog;
  readonly writer: BatchWriter;
}

export interface AuditStageOptions {
  readonly database: Database;
  /** Of the root key and of the last checkpoint. */
  readonly folder: string;
  readonly clock?: Clock;
  readonly connect?: () => Promise<Client>;
}

/** The audit log as a gateway opens it, without a gateway. */
export async function openAudit({
  database,
  folder,
  clock = systemClock,
  connect,
}: AuditStageOptions): Promise<AuditStage> {
  await using taken = new AsyncDisposableStack();
  const pool = database.engine;
  const connectEngine = () => database.connectEngine();
  const writer = await BatchWriter.open({
    connect: connectEngine,
    makeDay: (client, day) => makeDays(client, day, day),
    clock: systemClock,
    log: silentLog,
  });
  taken.defer(() => writer.close());
  const vault = await openVault(pool, join(folder, 'root.key'));
  taken.defer(() => vault.close());
  const audit = new Audit({ pool, writer, clock });
  const log = await AuditLog.open({
    pool,
    vault,
    audit,
    origin: null,
    anchorFile: join(folder, 'audit-head'),
    connect: connect ?? connectEngine,
    clock,
    entropy: systemEntropy,
    log: silentLog,
  });
  taken.defer(() => log.close());
  const owned = taken.move();
  return { audit, log, writer, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

let count = 0;

/** Some entry, unlike any other. */
export const someEntry = (more: Partial<Entry> = {}): Entry => ({
  atMs: Date.UTC(2030, 0, 1),
  what: 'account.made',
  who: 'operator:local',
  from: 'control socket',
  on: [`account:${++count}`],
  outcome: 'done',
  ...more,
});
