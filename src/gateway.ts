import { join } from 'node:path';
import { Office } from './administration.ts';
import { AuditOffice } from './audit-office.ts';
import { drillsFolder, removeScratch } from './backup/index.ts';
import { HOUR_MS, SECOND_MS } from './base/clock.ts';
import { fault } from './base/fault.ts';
import { createApi } from './doors/api/index.ts';
import { type Flow, logged, openFlow } from './flow.ts';
import { type Foundation, type GatewayOptions, layFoundation } from './foundation.ts';
import { KeyOffice } from './key-office.ts';
import { listen, openTls, type Ports } from './listen.ts';
import { PrivacyOffice } from './privacy-office.ts';
import { ReceiptOffice } from './receipt-office.ts';
import { repeat } from './repeat.ts';
import { RoutingOffice } from './routing-office.ts';
import { RunRecord } from './run-record.ts';
import { listenForChanges } from './store/index.ts';
import { VaultOffice } from './vault-office.ts';
import { Watch } from './watch.ts';

const WATCH_EVERY_MS = 10 * SECOND_MS;
const KEYS_EVERY_MS = 30 * SECOND_MS;

export type { Ports } from './listen.ts';

/** The running gateway: everything wired together, given back in the opposite order. */
export class Gateway {
  readonly office: Office;
  readonly ports: Ports;
  /** The certificate that clients need to trust the listeners; null where the operator brought his own. */
  readonly authorityFile: string | null;
  readonly #taken: AsyncDisposableStack;

  private constructor(office: Office, doors: Awaited<ReturnType<typeof openDoors>>, taken: AsyncDisposableStack) {
    this.office = office;
    this.ports = doors.ports;
    this.authorityFile = doors.authorityFile;
    this.#taken = taken;
  }

  /** Starts everything; throws a FaultError where something expected stands in the way, having given everything back. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    await using taken = new AsyncDisposableStack();
    const base = await layFoundation(options, taken);
    clearScratch(options, taken);
    const flow = await openFlow(options, base, taken);
    const run = new RunRecord({ ...options, audit: base.audit, nodeId: flow.river.nodeId });
    taken.defer(() => run.stopped());
    const office = openOffice(options, base, flow);
    const privacy = new PrivacyOffice(options, base, flow);
    await flow.carriers.reload();
    taken.defer(() => flow.river.stop());
    await flow.river.start();
    await run.started();
    base.auditLog.start();
    base.auditOutlets.start();
    keepTrue(options, { base, flow, privacy }, taken);
    privacy.begin(options, taken);
    const doors = await openDoors(options, { base, flow, office, privacy }, taken);
    return new Gateway(office, doors, taken.move());
  }

  /** Finishes what is under way, then ends. */
  stop(): Promise<void> {
    return this.#taken.disposeAsync();
  }
}

function openOffice({ clock, version }: GatewayOptions, base: Foundation, { carriers, river }: Flow): Office {
  return new Office({
    ...base,
    carriers,
    clock,
    version,
    startedAtMs: clock.now(),
    openAccount: async () => {
      await base.keys.prepare();
      await base.keyLife.keepDays();
    },
    messagesInHand: () => river.messagesInHand,
    breakerOf: (id) => river.breakerOf(id),
  });
}

/** Removes, now and every hour, what a restore or a drill left that was killed. */
function clearScratch({ settings, clock, log }: GatewayOptions, taken: AsyncDisposableStack): void {
  const failed = logged(log, 'scratch_not_removed');
  const clear = async () => {
    for (const folder of [settings.dataFolder, drillsFolder()]) await removeScratch(folder, clock);
  };
  const cleared = clear().catch(failed);
  taken.defer(() => cleared);
  taken.defer(repeat(clock, HOUR_MS, clear, failed));
}

/** Keeps memory as the store has it, and the days ahead prepared. */
function keepTrue({ clock, log }: GatewayOptions, inside: Omit<Inside, 'office'>, taken: AsyncDisposableStack): void {
  const { base, flow, privacy } = inside;
  const registeredTables = {
    credential: () => base.credentials.reload(),
    webhook: () => flow.webhooks.reload(),
    carrier: () => flow.carriers.reload(),
    route: () => flow.routes.reload(),
  };
  const handlers = {
    // First: whatever else is told may be sealed under a key that is new here.
    key: async () => {
      await base.keyWatch.heedRoot();
      await base.keyLife.heed();
    },
    recipient_key: () => privacy.forget(),
    account: () => base.keys.prepare(), // before credentials: none is used before the keys of its account are there
    ...registeredTables,
  };
  const changes = listenForChanges({ connect: () => base.database.connectEngine(), handlers, clock, log });
  taken.defer(() => changes.close());
  const prepareDays = async () => {
    await Promise.all([base.database.makeDaysAhead(), base.keys.prepare()]);
    await base.keyLife.keep();
    await base.keyWatch.round();
  };
  taken.defer(repeat(clock, HOUR_MS, prepareDays, logged(log, 'days_not_prepared')));
  // Who changes them outside of the gateway tells nobody.
  const lookAgain = async () => {
    for (const read of Object.values(registeredTables)) await read();
  };
  taken.defer(repeat(clock, HOUR_MS, lookAgain, logged(log, 'settings_not_checked')));
  taken.defer(repeat(clock, KEYS_EVERY_MS, () => base.keyLife.keepCodes(), logged(log, 'code_keys_not_kept')));
  taken.defer(repeat(clock, KEYS_EVERY_MS, () => base.keyLife.keepDays(), logged(log, 'day_keys_not_kept')));
  taken.defer(repeat(clock, WATCH_EVERY_MS, () => base.alarms.keep(), logged(log, 'alarms_not_kept')));
  const watch = new Watch({ ...base, ...flow, clock });
  taken.defer(repeat(clock, WATCH_EVERY_MS, () => watch.round(), logged(log, 'not_watched')));
}

interface Inside {
  readonly base: Foundation;
  readonly flow: Flow;
  readonly office: Office;
  readonly privacy: PrivacyOffice;
}

async function openDoors(options: GatewayOptions, inside: Inside, taken: AsyncDisposableStack) {
  const { base, flow, office, privacy } = inside;
  const { settings, clock, log, version } = options;
  const { dataFolder } = settings;
  const tls = await openTls(options);
  taken.defer(() => tls.close());
  const { desk } = flow.river;
  const api = createApi({
    messages: desk,
    access: base.credentials,
    uses: base.uses,
    audit: base.audit,
    auditLog: new AuditOffice({ ...base, messages: desk, clock }),
    webhooks: flow.webhooks,
    administration: office,
    routing: new RoutingOffice({ ...base, ...flow }),
    receipts: new ReceiptOffice({ ...base, ...flow }),
    privacy,
    vault: new VaultOffice({ ...base, ...flow, tls, settings, clock }),
    auditOutlets: base.auditOutlets,
    rootKeys: new KeyOffice(base),
    handset: flow.handset,
    health: { readiness: () => (desk.hasRoom ? null : fault('store_unavailable', { retryAfterMs: SECOND_MS })) },
    ids: base.ids,
    clock,
    log,
    version,
  });
  taken.defer(() => api.close());
  taken.defer(() => flow.smpp.close());
  const ports = await listen({ api, smpp: flow.smpp, tls, settings: base.settings });
  await api.listenControl(join(dataFolder, 'control.sock'));
  return { ports, authorityFile: tls.authorityFile };
}
