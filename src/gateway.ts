import { hostname } from 'node:os';
import { join } from 'node:path';
import { Accounts, Credentials, PostgresCredentials } from './access/index.ts';
import { Office } from './administration.ts';
import { type Clock, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './base/clock.ts';
import type { Entropy } from './base/entropy.ts';
import { FaultError, fault } from './base/fault.ts';
import { IdSource } from './base/id.ts';
import { errorText, type Log } from './base/log.ts';
import { Carriers, CarriersStore, Handset } from './carriers/index.ts';
import type { Settings } from './config/index.ts';
import { Recipients } from './consent/index.ts';
import { type Api, createApi } from './doors/api/index.ts';
import { SmppDoor } from './doors/smpp/index.ts';
import { type Part, Poster, River, Webhooks, WebhooksStore } from './messages/index.ts';
import { BatchWriter, type Database, listenForChanges, makeDays, openDatabase, type StartStep } from './store/index.ts';
import { type PairFiles, serverTls } from './transport/index.ts';
import { Vault } from './vault/index.ts';

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

export interface Ports {
  readonly api: number;
  readonly smppTls: number;
  /** Null where it is switched off. */
  readonly smppPlain: number | null;
}

/** The running gateway: everything wired together, given back in the opposite order. */
export class Gateway {
  readonly office: Office;
  readonly ports: Ports;
  /** The certificate that clients need to trust the listeners; null where the operator brought his own. */
  readonly caFile: string | null;
  readonly #taken: AsyncDisposableStack;

  private constructor(office: Office, ports: Ports, caFile: string | null, taken: AsyncDisposableStack) {
    this.office = office;
    this.ports = ports;
    this.caFile = caFile;
    this.#taken = taken;
  }

  /** Starts everything; throws a FaultError where something expected stands in the way, having given everything back. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    await using taken = new AsyncDisposableStack();
    const parts = await openParts(options, taken);
    const { office, carriers, river } = parts;
    await carriers.reload();
    await river.start();
    taken.defer(() => river.stop());
    const { ports, caFile } = await openDoors(options, parts, taken);
    return new Gateway(office, ports, caFile, taken.move());
  }

  /** Finishes what is under way, then ends. */
  stop(): Promise<void> {
    return this.#taken.disposeAsync();
  }
}

type Parts = Awaited<ReturnType<typeof openParts>>;

async function openParts(options: GatewayOptions, taken: AsyncDisposableStack) {
  const { settings, clock, entropy, log } = options;
  const { dataFolder, databaseUrl, databaseCaFile: caFile } = settings;
  const database = await openDatabase({ dataFolder, databaseUrl, caFile, log, clock, progress: options.progress });
  taken.defer(() => database.close());
  const pool = database.engine;
  const vault = await Vault.open({ pool, rootKeyFile: join(dataFolder, 'root.key'), entropy });
  taken.defer(() => vault.close());
  const accounts = new Accounts(pool);
  const keys = new AccountKeys(accounts, vault, clock);
  await keys.prepare();
  const recipients = new Recipients({ pool, vault, log });
  taken.defer(() => recipients.close());
  const credentials = new Credentials({ store: new PostgresCredentials(pool), clock, entropy, log });
  await credentials.reload();
  const poster = new Poster({ clock, openNetworks: settings.webhook.allowNetworks });
  taken.defer(() => poster.close());
  const webhooks = new Webhooks({ store: new WebhooksStore(pool), vault, entropy, poster });
  await webhooks.reload();
  const ids = new IdSource(clock, entropy);
  const smpp: SmppDoor = new SmppDoor({
    messages: { submit: (submission, settled) => river.desk.submit(submission, settled) },
    access: credentials,
    clock,
    log,
    limits: settings.smpp,
    receiverBound: (credentialId) =>
      void river.notices.receiverBound(credentialId).catch(logged(log, 'notices_not_hastened')),
  });
  const writer = await openWriter(database, options);
  taken.defer(() => writer.close());
  const river: River = await River.open({
    ...riverSettings(settings),
    writer,
    vault,
    recipients,
    clock,
    entropy,
    ids,
    log,
    pool,
    asTenant: (accountId, work) => database.asTenant(accountId, work),
    webhooks,
    poster,
    smpp,
    ownerOf: (sender) => ownerOf(credentials, sender),
    isAlone: database.kind === 'embedded',
    accountIds: async () => (await accounts.list()).map((account) => account.id),
    leaseLost: () => options.fatal('lease_lost'),
  });
  const handset = new Handset(clock);
  const carriers = new Carriers<Part>({
    store: new CarriersStore(pool),
    vault,
    handset,
    clock,
    entropy,
    log,
    addOutlet: (id, name, make) => river.addCarrier(id, name, make),
  });
  const office = new Office({
    accounts,
    credentials,
    carriers,
    clock,
    version: options.version,
    startedAtMs: clock.now(),
    openAccount: () => keys.prepare(),
    messagesInHand: () => river.messagesInHand,
  });
  const changes = listenForChanges({
    connect: () => database.connectEngine(),
    handlers: {
      credential: () => credentials.reload(),
      webhook: () => webhooks.reload(),
      carrier: () => carriers.reload(),
      account: () => keys.prepare(),
    },
    clock,
    log,
  });
  taken.defer(() => changes.close());
  taken.defer(
    repeat(
      clock,
      HOUR_MS,
      () => Promise.all([database.makeDaysAhead(), keys.prepare()]),
      logged(log, 'days_not_prepared'),
    ),
  );
  return { database, accounts, credentials, webhooks, river, smpp, handset, carriers, office, ids };
}

async function openDoors(options: GatewayOptions, parts: Parts, taken: AsyncDisposableStack) {
  const { settings, clock, log, entropy } = options;
  const { dataFolder, api: apiAt, smpp: smppAt, tls: files } = settings;
  const tls = await serverTls({
    folder: join(dataFolder, 'tls'),
    files: ownFiles(files),
    hostName: hostname(),
    clock,
    entropy,
    log,
  });
  taken.defer(() => tls.close());
  const api: Api = createApi({
    messages: parts.river.desk,
    access: parts.credentials,
    webhooks: parts.webhooks,
    administration: parts.office,
    handset: parts.handset,
    health: {
      readiness: () => (parts.river.desk.hasRoom ? null : fault('store_unavailable', { retryAfterMs: SECOND_MS })),
    },
    clock,
    ids: new IdSource(clock, entropy),
    log,
    version: options.version,
  });
  taken.defer(() => api.close());
  taken.defer(() => parts.smpp.close());
  const ports = {
    api: await api.listen({ ...apiAt, tls: tls.options as { key: string; cert: string } }),
    smppTls: await parts.smpp.listenTls({ host: smppAt.tlsHost, port: smppAt.tlsPort, tls }),
    smppPlain: smppAt.plainPort === null ? null : await parts.smpp.listenPlain(smppAt.plainPort),
  };
  await api.listenControl(join(dataFolder, 'control.sock'));
  return { ports, caFile: tls.authorityFile };
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

function openWriter(database: Database, { clock, log }: GatewayOptions): Promise<BatchWriter> {
  return BatchWriter.open({
    connect: () => database.connectEngine(),
    makeDay: (client, day) => makeDays(client, day, day),
    clock,
    log,
  });
}

function riverSettings({ messages, webhook }: Settings) {
  return {
    maxSegments: messages.maxSegments,
    laneCapacity: messages.laneQueue,
    validityMs: {
      otp: messages.otpValidityMinutes * MINUTE_MS,
      transactional: messages.transactionalValidityMinutes * MINUTE_MS,
      marketing: messages.marketingValidityMinutes * MINUTE_MS,
    },
    webhookDelaysMs: webhook.retrySeconds.map((seconds) => seconds * SECOND_MS),
    idempotencyMs: messages.idempotencyHours * HOUR_MS,
  };
}

/** A message from a handset is for the oldest live credential that may send from the address it was sent to. */
function ownerOf(credentials: Credentials, sender: string): { accountId: number; id: number } | null {
  return (
    credentials
      .list(null)
      .find(({ capability, revokedAtMs }) => revokedAtMs === null && capability.senders.includes(sender)) ?? null
  );
}

/** The operator's own certificate, which needs its key. */
function ownFiles({ certFile, keyFile }: Settings['tls']): PairFiles | null {
  if (certFile === null && keyFile === null) return null;
  if (certFile === null || keyFile === null) {
    throw new FaultError('invalid_setting', {
      detail: 'tls.certFile and tls.keyFile go together: set both or neither.',
    });
  }
  return { certFile, keyFile };
}

const logged = (log: Log, event: string) => (error: unknown) => log.warn(event, { cause: errorText(error) });

/** Does something every so often, until the function it returns is called. */
function repeat(
  clock: Clock,
  everyMs: number,
  action: () => Promise<unknown>,
  failed: (error: unknown) => void,
): () => void {
  let cancel: () => void;
  const plan = () => {
    cancel = clock.after(everyMs, () => {
      action().catch(failed);
      plan();
    });
  };
  plan();
  return () => cancel();
}
