import type { Credentials } from './access/index.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './base/clock.ts';
import { errorText, type Log } from './base/log.ts';
import { type CarrierPlaces, Carriers, CarriersStore, Handset, Routes, RoutesStore } from './carriers/index.ts';
import type { Settings } from './config/index.ts';
import { SmppDoor } from './doors/smpp/index.ts';
import type { Foundation, GatewayOptions } from './foundation.ts';
import { type Part, Poster, River, Webhooks, WebhooksStore } from './messages/index.ts';
import { readCertificates } from './transport/index.ts';

/** The id under which the operator of this machine sends: with every carrier. */
const OPERATOR = 0;

export type Flow = Awaited<ReturnType<typeof openFlow>>;

/** The river with its two ends: the sessions of applications and the links to carriers. Nothing flows yet. */
export async function openFlow(options: GatewayOptions, base: Foundation, taken: AsyncDisposableStack) {
  const { settings, clock, entropy, log } = options;
  const { database, vault, credentials, writer, audit, register } = base;
  const poster = new Poster({ clock, openNetworks: settings.webhook.allowNetworks });
  taken.defer(() => poster.close());
  const webhooks = new Webhooks({ store: new WebhooksStore(audit, register), vault, entropy, poster, clock });
  await webhooks.reload();
  const smpp: SmppDoor = new SmppDoor({
    messages: { submit: (submission, settled) => river.desk.submit(submission, settled) },
    own: {
      progress: (asked) => river.own.progress(asked),
      cancel: (asked) => river.own.cancel(asked),
      cancelWaiting: (which) => river.own.cancelWaiting(which),
      replace: (asked, replacement) => river.own.replace(asked, replacement),
      submitInPlace: (submission, by, settled) => river.own.submitInPlace(submission, by, settled),
    },
    ids: base.ids,
    access: credentials,
    uses: base.uses,
    clock,
    log,
    limits: settings.smpp,
    fullness: () => writer.fullness,
    clientCa: settings.smpp.clientCaFile === null ? null : readCertificates(settings.smpp.clientCaFile),
    receiverBound: (id) => void river.notices.receiverBound(id).catch(logged(log, 'notices_not_hastened')),
  });
  const routes = new Routes(new RoutesStore(audit, register), clock);
  await routes.reload();
  const river: River = await River.open({
    ...base,
    ...riverSettings(settings),
    clock,
    entropy,
    log,
    webhooks,
    poster,
    smpp,
    routes,
    credentialIds: () => [OPERATOR, ...credentials.list(null).map(({ id }) => id)],
    carriersOf: (id) =>
      credentials.find(id)?.capability.carriers ?? (id === OPERATOR ? carriers.list.map(({ name }) => name) : []),
    pool: database.engine,
    asTenant: (accountId, work) => database.asTenant(accountId, work),
    ownerOf: (sender) => ownerOf(credentials, sender),
    isAlone: database.kind === 'embedded',
    accountIds: async () => (await base.accounts.list()).map((account) => account.id),
    leaseLost: () => options.fatal('lease_lost'),
  });
  const handset = new Handset(clock);
  const store = new CarriersStore(database.engine, audit, register);
  const carriers = new Carriers<Part>({ store, vault, handset, clock, entropy, log, places: placesIn(river) });
  return { webhooks, smpp, river, handset, carriers, routes };
}

function riverSettings({ messages, webhook, failover }: Settings) {
  return {
    maxSegments: messages.maxSegments,
    laneCapacity: messages.laneQueue,
    failover: {
      breaker: { failures: failover.breakerFailures, openMs: failover.breakerSeconds * SECOND_MS },
      graceMs: failover.graceSeconds * SECOND_MS,
    },
    validityMs: {
      otp: messages.otpValidityMinutes * MINUTE_MS,
      transactional: messages.transactionalValidityMinutes * MINUTE_MS,
      marketing: messages.marketingValidityMinutes * MINUTE_MS,
    },
    webhookDelaysMs: webhook.retrySeconds.map((seconds) => seconds * SECOND_MS),
    idempotencyMs: messages.idempotencyHours * HOUR_MS,
    reassemblyMs: messages.reassemblyMinutes * MINUTE_MS,
  };
}

/** A message from a handset is for the oldest live credential that may send from the address it was sent to. */
function ownerOf(credentials: Credentials, sender: string): { accountId: number; id: number } | null {
  const owners = credentials.list(null).filter((credential) => credential.capability.senders.includes(sender));
  return owners.find((credential) => credential.revokedAtMs === null) ?? null;
}

const placesIn = (river: River): CarrierPlaces<Part> => ({
  add: (id, name, make, isStarted) => river.addCarrier(id, name, make, isStarted),
  replace: (id, make, isStarted) => river.replaceCarrier(id, make, isStarted),
  remove: (id) => river.removeCarrier(id),
  shut: (id) => river.shutCarrier(id),
  reopen: (id) => river.reopenCarrier(id),
  remember: (id, name) => river.rememberCarrier(id, name),
});

export const logged = (log: Log, event: string) => (error: unknown) => log.warn(event, { cause: errorText(error) });
