import { Compile } from 'typebox/compile';
import type { Clock } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { type Fault, fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import type { Secret } from '../base/secret.ts';
import { type ClientTlsOptions, clientTls } from '../transport/index.ts';
import { GATEWAY_ACCOUNT, type Vault } from '../vault/index.ts';
import type { CarrierEvents, CarrierLink, OutboundPart } from './carrier.ts';
import type { CarrierRow, CarriersStore } from './carriers-store.ts';
import { type Handset, SandboxLink } from './sandbox/index.ts';
import { SmppLink } from './smpp/link.ts';
import { type CarrierTls, SmppCarrierSettings } from './smpp/settings.ts';

const settingsCheck = Compile(SmppCarrierSettings);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** A carrier to be added. */
export type WantedCarrier =
  | { readonly kind: 'sandbox'; readonly name: string }
  | { readonly kind: 'smpp'; readonly name: string; readonly settings: SmppCarrierSettings; readonly password: Secret };

export interface CarriersOptions<Part extends OutboundPart> {
  readonly store: CarriersStore;
  readonly vault: Vault;
  readonly handset: Handset;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Gives a carrier its place in the river, and starts the link that it makes. */
  readonly addOutlet: (
    id: number,
    name: string,
    make: (events: CarrierEvents<Part>) => CarrierLink<Part>,
  ) => CarrierLink<Part>;
}

/** The carriers as they are configured, and their links. */
export class Carriers<Part extends OutboundPart> {
  readonly #options: CarriersOptions<Part>;
  readonly #links = new Map<number, CarrierLink<Part>>();
  #rows: readonly CarrierRow[] = [];

  constructor(options: CarriersOptions<Part>) {
    this.#options = options;
  }

  get list(): readonly CarrierRow[] {
    return this.#rows;
  }

  linkOf(id: number): CarrierLink<Part> | null {
    return this.#links.get(id) ?? null;
  }

  /** Reads all anew, and connects to those that are new here: at start, and when another node has added one. */
  async reload(): Promise<void> {
    this.#rows = await this.#options.store.all();
    for (const row of this.#rows) {
      if (this.#links.has(row.id)) continue;
      this.#links.set(row.id, this.#options.addOutlet(row.id, row.name, this.#maker(row)));
    }
  }

  async add(wanted: WantedCarrier): Promise<CarrierRow | Fault> {
    const mistake = mistakeIn(wanted);
    if (mistake) return mistake;
    const id = await this.#options.store.nextId();
    const row = await this.#options.store.add({
      id,
      name: wanted.name,
      kind: wanted.kind,
      settings: wanted.kind === 'smpp' ? wanted.settings : {},
      sealedSecret:
        wanted.kind === 'smpp'
          ? this.#options.vault.sealSecret('carrier secret', GATEWAY_ACCOUNT, id, wanted.password)
          : null,
    });
    if (!('code' in row)) await this.reload();
    return row;
  }

  #maker(row: CarrierRow): (events: CarrierEvents<Part>) => CarrierLink<Part> {
    const { clock, entropy, log, handset, vault } = this.#options;
    const { id, name, kind, settings, sealedSecret } = row;
    if (kind === 'sandbox') return (events) => new SandboxLink({ clock, entropy, handset }, events);
    must(settingsCheck.Check(settings), 'a stored carrier has settings that were checked');
    const password = sealedSecret && vault.openSecret('carrier secret', GATEWAY_ACCOUNT, id, sealedSecret);
    must(password, 'a stored carrier has a password that can be opened');
    const { host, tls: wanted } = settings;
    const tls = wanted === false ? null : () => clientTls(tlsOptions(host, wanted));
    return (events) => new SmppLink({ name, settings, password, tls, clock, entropy, log }, events);
  }
}

const tlsOptions = (host: string, { clientCertificate, ...wanted }: CarrierTls): ClientTlsOptions => ({
  servername: host,
  ...wanted,
  ...(clientCertificate && { certificate: clientCertificate }),
});

/** Plain SMPP shows every message and the password to the network between: it does not leave this machine. */
function mistakeIn(wanted: WantedCarrier): Fault | null {
  if (wanted.kind === 'sandbox') return null;
  const { settings, password } = wanted;
  if (!settingsCheck.Check(settings))
    return fault('invalid_setting', { detail: 'The settings of the carrier are not sound.' });
  if (settings.tls === false && !LOOPBACK.test(settings.host)) {
    return fault('invalid_setting', {
      detail: 'Without TLS a carrier is reached on the loopback interface only.',
      field: '/tls',
    });
  }
  if (!/^[!-~]{1,8}$/.test(password.reveal())) {
    return fault('invalid_setting', {
      detail: 'An SMPP password has 1 to 8 printable characters.',
      field: '/password',
    });
  }
  return null;
}
