import { join } from 'node:path';
import { Accounts, Credentials, PostgresCredentials } from './access/index.ts';
import { type Clock, DAY_MS } from './base/clock.ts';
import type { Entropy } from './base/entropy.ts';
import { IdSource } from './base/id.ts';
import type { Log } from './base/log.ts';
import type { Settings } from './config/index.ts';
import { Recipients } from './consent/index.ts';
import { openDatabase, type StartStep } from './store/index.ts';
import { type RecordKeyEvent, Vault } from './vault/index.ts';

export interface GatewayOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly progress: (step: StartStep) => void;
  /** Called when the gateway cannot go on, with a reason of stable words. */
  readonly fatal: (reason: string) => void;
}

/** Until there is an audit log, nothing is on record. */
const unrecorded: RecordKeyEvent = () => Promise.resolve();

export type Foundation = Awaited<ReturnType<typeof layFoundation>>;

/** What everything else stands on: the database, the keys, and who is known. */
export async function layFoundation(options: GatewayOptions, taken: AsyncDisposableStack) {
  const { settings, clock, entropy, log } = options;
  const { dataFolder, databaseUrl, databaseCaFile: caFile, walAheadMib } = settings;
  const { progress } = options;
  const database = await openDatabase({ dataFolder, databaseUrl, caFile, walAheadMib, log, clock, progress });
  taken.defer(() => database.close());
  const pool = database.engine;
  const vault = await Vault.open({ pool, rootKeyFile: join(dataFolder, 'root.key'), entropy, record: unrecorded });
  taken.defer(() => vault.close());
  const accounts = new Accounts(pool);
  const keys = new AccountKeys(accounts, vault, clock);
  await keys.prepare();
  const recipients = new Recipients({ pool, vault, log });
  taken.defer(() => recipients.close());
  const credentials = new Credentials({ store: new PostgresCredentials(pool), clock, entropy, log });
  await credentials.reload();
  return { database, vault, accounts, keys, recipients, credentials, ids: new IdSource(clock, entropy) };
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
