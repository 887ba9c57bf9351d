import { join } from 'node:path';
import type pg from 'pg';
import { Accounts, Credentials, PostgresCredentials, Uses } from './access/index.ts';
import { Alarms, Audit, AuditLog } from './audit/index.ts';
import { AuditOutlets } from './audit-outlets.ts';
import { type Clock, DAY_MS } from './base/clock.ts';
import type { Entropy } from './base/entropy.ts';
import { type Fault, FaultError } from './base/fault.ts';
import { IdSource, idText } from './base/id.ts';
import type { Log } from './base/log.ts';
import type { Settings } from './config/index.ts';
import { Recipients } from './consent/index.ts';
import { KeyWatch } from './key-watch.ts';
import type { Ports } from './listen.ts';
import { findSuppressed } from './privacy/index.ts';
import { Register } from './register/index.ts';
import { openWhenUnsealed } from './sealed.ts';
import { BatchWriter, makeDays, openDatabase, type StartStep } from './store/index.ts';
import {
  type KeyEvent,
  type KeyLife,
  type RecordKeyEvent,
  RootKeys,
  RootLife,
  rootSettings,
  Vault,
} from './vault/index.ts';

export interface GatewayOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly progress: (step: StartStep) => void;
  /** Called where the gateway is sealed, with why: it waits in its start. */
  readonly sealed: (why: Fault, ports: Ports) => void;
  /** Aborted when the gateway is to end before its start has ended. */
  readonly stop: AbortSignal;
  /** Called when the gateway cannot go on, with a reason of stable words. */
  readonly fatal: (reason: string) => void;
}

export type Foundation = Awaited<ReturnType<typeof layFoundation>>;

/** What everything else stands on: the database, the keys, and who is known. */
export async function layFoundation(options: GatewayOptions, taken: AsyncDisposableStack) {
  const { settings, clock, entropy, log, progress } = options;
  const { dataFolder, databaseUrl, databaseCaFile: caFile, walAheadMib } = settings;
  const database = await openDatabase({ dataFolder, databaseUrl, caFile, walAheadMib, log, clock, progress });
  taken.defer(() => database.close());
  const pool = database.engine;
  const writer = await BatchWriter.open({
    connect: () => database.connectEngine(),
    makeDay: (client, day) => makeDays(client, day, day),
    clock,
    log,
  });
  taken.defer(() => writer.close());
  const audit = new Audit({ pool, writer, clock });
  const { root, rootLife, vault, ports } = await openKeys(options, { pool, audit }, taken);
  let auditOutlets: AuditOutlets | null = null;
  taken.defer(() => auditOutlets?.close()); // after the log has placed its last entries
  const auditLog = await AuditLog.open({
    pool,
    vault,
    audit,
    origin: settings.audit.origin,
    anchorFile: join(dataFolder, 'audit-head'),
    connect: () => database.connectEngine(),
    clock,
    entropy,
    log,
  });
  taken.defer(() => auditLog.close());
  const ids = new IdSource(clock, entropy);
  const isAlone = database.kind === 'embedded';
  const alarms = await Alarms.open({ audit, pool, gateway: idText(ids.next()), isAlone, clock, log });
  taken.defer(() => alarms.close());
  auditOutlets = new AuditOutlets({ database, log: auditLog, alarms, options });
  const register = await openRegister(options, { pool, vault, audit, auditLog, alarms });
  const accounts = new Accounts(pool, audit);
  const keys = new AccountKeys(accounts, vault, clock);
  await keys.prepare();
  const keyWatch = new KeyWatch({ rootLife, alarms, log });
  const keyLife = await beginKeyLife(options, vault, keyWatch, taken);
  const recipients = new Recipients({ pool, vault, log, suppressed: findSuppressed(pool) });
  taken.defer(() => recipients.close());
  const credentials = new Credentials({ store: new PostgresCredentials(audit, register), clock, entropy, log });
  await credentials.reload();
  credentials.onBanned((source, durationMs) => alarms.raise('source_banned', [`address:${source}`], { durationMs }));
  const uses = new Uses({ audit, clock });
  credentials.onRefused((refusal) => uses.refused(refusal));
  taken.defer(() => uses.close());
  return {
    database,
    vault,
    root,
    /** The settings, with the ports that were open while the gateway was sealed. */
    settings: { ...settings, ...ports },
    writer,
    audit,
    auditLog,
    auditOutlets,
    register,
    accounts,
    keys,
    keyLife,
    keyWatch,
    rootLife,
    recipients,
    credentials,
    uses,
    alarms,
    ids,
  };
}

/** The root key and the vault. A gateway that was sealed goes on when it is on record who unsealed it. */
async function openKeys(
  options: GatewayOptions,
  { pool, audit }: { pool: pg.Pool; audit: Audit },
  taken: AsyncDisposableStack,
) {
  const { settings, clock, entropy } = options;
  const root = new RootKeys({ settings: rootSettings(settings), clock, entropy });
  taken.defer(() => root.close());
  const record = keysOnRecord(audit, clock);
  const openVault = () => Vault.open({ pool, root, entropy, clock, record });
  const { vault, ports, by } = await openWhenUnsealed(options, root, openVault);
  taken.defer(() => vault.close());
  const why = by && (await audit.noted(audit.done(by, 'gateway.unsealed', ['gateway'])));
  if (why) throw new FaultError(why.code, why);
  return { root, rootLife: new RootLife({ pool, root, record, clock }), vault, ports };
}

interface RegisterParts {
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly audit: Audit;
  readonly auditLog: AuditLog;
  readonly alarms: Alarms;
}

/** What the gateway itself has put into its tables of settings. */
function openRegister({ settings, log }: GatewayOptions, { auditLog, ...parts }: RegisterParts): Promise<Register> {
  const file = join(settings.dataFolder, 'register');
  return Register.open({ ...parts, log, file, isOnRecord: (words) => auditLog.mentions(words) });
}

/** The life of keys from here on: what is due is done, or somebody is told. */
async function beginKeyLife(
  { settings, clock, log }: GatewayOptions,
  vault: Vault,
  keyWatch: KeyWatch,
  taken: AsyncDisposableStack,
): Promise<KeyLife> {
  await keyWatch.round();
  const rotatesWhenDue = settings.vault.rotateWhenDue === 'on';
  const keyLife = vault.life({ clock, log, rotatesWhenDue, due: (accountIds) => keyWatch.heedDue(accountIds) });
  taken.defer(() => keyLife.close());
  await keyLife.begin();
  return keyLife;
}

/** What happens to keys is on record in the transaction in which it happens. */
function keysOnRecord(audit: Audit, clock: Clock): RecordKeyEvent {
  return (client, { what, kind, accountId, record, ...about }: KeyEvent) =>
    audit.record(client, {
      atMs: clock.now(),
      what: 'key.changed',
      who: 'gateway',
      from: null,
      on: [`key:${accountId ?? 'all'}/${kind}${record === null ? '' : `/${record}`}`],
      outcome: 'done',
      about: { what, ...about },
    });
}

/** The keys of every account, for the days around today. */
class AccountKeys {
  readonly #accounts: Accounts;
  readonly #vault: Vault;
  readonly #clock: Clock;

  constructor(accounts: Accounts, vault: Vault, clock: Clock) {
    this.#accounts = accounts;
    this.#vault = vault;
    this.#clock = clock;
  }

  async prepare(): Promise<void> {
    for (const { id } of await this.#accounts.list()) await this.#vault.addAccount(id);
    const today = Math.floor(this.#clock.now() / DAY_MS);
    await this.#vault.prepareDays(this.#vault.accountIds, [today - 1, today, today + 1]);
  }
}
