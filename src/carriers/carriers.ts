import { Compile } from 'typebox/compile';
import type { Actor } from '../audit/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { type Fault, fault } from '../base/fault.ts';
import { errorText, type Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import { OneByOne } from '../base/one-by-one.ts';
import type { Secret } from '../base/secret.ts';
import { clientTls } from '../transport/index.ts';
import { GATEWAY_ACCOUNT, type Vault } from '../vault/index.ts';
import type { CarrierEvents, CarrierLink, OutboundPart } from './carrier.ts';
import { type CarrierRow, type CarriersStore, type CarrierUpdate, saidOf } from './carriers-store.ts';
import { type Handset, SandboxLink } from './sandbox/index.ts';
import { SmppLink } from './smpp/link.ts';
import { SmppCarrierSettings, tlsOptions } from './smpp/settings.ts';

const settingsCheck = Compile(SmppCarrierSettings);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** A carrier to be added. */
export type WantedCarrier =
  | { readonly kind: 'sandbox'; readonly name: string }
  | { readonly kind: 'smpp'; readonly name: string; readonly settings: SmppCarrierSettings; readonly password: Secret };

/** What is to be different in a carrier; what is left out stays. */
export interface CarrierChange {
  readonly isEnabled?: boolean;
  readonly password?: Secret;
  readonly settings?: Partial<SmppCarrierSettings>;
  /** Settings that are to have their default again. */
  readonly unset?: readonly string[];
}

type MakeLink<Part extends OutboundPart> = (events: CarrierEvents<Part>) => CarrierLink<Part>;

/** Where carriers have their place in the river. */
export interface CarrierPlaces<Part extends OutboundPart> {
  /** Gives one its place, and starts the link that it makes, or leaves it standing. */
  add(id: number, name: string, make: MakeLink<Part>, isStarted: boolean): CarrierLink<Part>;
  /** Lets the link of one have its answers, then puts another in its place. */
  replace(id: number, make: MakeLink<Part>, isStarted: boolean): Promise<CarrierLink<Part>>;
  /** Lets the link of one have its answers, and sends nothing more to it. */
  remove(id: number): Promise<void>;
  /** Gives nothing more to one that nothing is here for; false where something is. From then on until `reopen`. */
  shut(id: number): boolean;
  /** One that was shut stays after all. */
  reopen(id: number): void;
  /** A carrier that is no more, and that messages of the past name. */
  remember(id: number, name: string): void;
}

export interface CarriersOptions<Part extends OutboundPart> {
  readonly store: CarriersStore;
  readonly vault: Vault;
  readonly handset: Handset;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly places: CarrierPlaces<Part>;
}

/** A carrier as it runs here. */
interface Running<Part extends OutboundPart> {
  link: CarrierLink<Part>;
  /** What its row says. */
  said: string;
  /** Changes of one carrier follow one another. */
  turn: Promise<void>;
}

/** The carriers as they are configured, and their links. */
export class Carriers<Part extends OutboundPart> {
  readonly #options: CarriersOptions<Part>;
  readonly #running = new Map<number, Running<Part>>();
  #rows: readonly CarrierRow[] = [];
  /** What was read before a change must not be taken in after it. */
  readonly #reads = new OneByOne();

  constructor(options: CarriersOptions<Part>) {
    this.#options = options;
  }

  get list(): readonly CarrierRow[] {
    return this.#rows;
  }

  linkOf(id: number): CarrierLink<Part> | null {
    return this.#running.get(id)?.link ?? null;
  }

  /** Reads all anew, and brings the links to it: at start, and when another node has changed one. */
  reload(): Promise<void> {
    return this.#reads.do(async () => {
      const rows = await this.#options.store.all();
      this.#rows = rows.filter((row) => !row.isRemoved);
      for (const row of rows) this.#bring(row);
    });
  }

  async add(wanted: WantedCarrier, by: Actor): Promise<CarrierRow | Fault> {
    const mistake = wanted.kind === 'smpp' ? mistakeIn(wanted.settings, wanted.password) : null;
    if (mistake) return mistake;
    const id = await this.#options.store.nextId();
    const settings = wanted.kind === 'smpp' ? wanted.settings : {};
    const sealedSecret = wanted.kind === 'smpp' ? this.#seal(id, wanted.password) : null;
    const createdAtMs = this.#options.clock.now();
    const added = { id, name: wanted.name, kind: wanted.kind, settings, sealedSecret, createdAtMs };
    const row = await this.#options.store.add(added, by);
    if (!('code' in row)) await this.reload();
    return row;
  }

  /** The link in use finishes first: the answer does not wait for that. */
  async change(name: string, wanted: CarrierChange, by: Actor): Promise<CarrierRow | Fault> {
    const row = this.#find(name);
    if (!row) return notFound();
    const to = this.#changed(row, wanted);
    if ('code' in to) return to;
    const stored = await this.#options.store.change(row, to, namesOf(wanted), by);
    await this.reload();
    return (
      stored ?? fault('carrier_in_use', { detail: 'Somebody else changed it at the same time: look at it again.' })
    );
  }

  /** One that was changed outside of the gateway is not changed in part: that would take the rest for right. */
  #changed(row: CarrierRow, wanted: CarrierChange): CarrierUpdate | Fault {
    const isRefused = row.standing === 'refused';
    const { password, unset = [], settings: changed = {}, isEnabled = isRefused || row.isEnabled } = wanted;
    if (isRefused && (!password || Object.keys(changed).length === 0)) return changedOutside();
    const kind = isRefused ? 'smpp' : row.kind;
    const settings = { ...(isRefused ? {} : (row.settings as object)), ...changed } as Record<string, unknown>;
    for (const setting of unset) delete settings[setting];
    if (kind === 'sandbox' && (password || Object.keys(settings).length > 0))
      return fault('invalid_setting', { detail: 'A sandbox has no settings.' });
    const mistake = kind === 'smpp' ? mistakeIn(settings, password ?? null) : null;
    if (mistake) return mistake;
    return { kind, settings, sealedSecret: password ? this.#seal(row.id, password) : row.sealedSecret, isEnabled };
  }

  /** Only one that is disabled, and that nothing waits for. */
  async remove(name: string, by: Actor): Promise<Fault | null> {
    const row = this.#find(name);
    if (!row) return notFound();
    if (row.isEnabled) return fault('carrier_in_use', { detail: 'Disable the carrier first.' });
    await this.#running.get(row.id)?.turn;
    // Shut before it is taken out of the store: no message is accepted for it in between.
    const isGone = this.#options.places.shut(row.id) && (await this.#takeOut(row.id, by));
    await this.reload();
    return isGone
      ? null
      : fault('carrier_in_use', { detail: 'Messages wait for this carrier: enable it until they are gone.' });
  }

  async #takeOut(id: number, by: Actor): Promise<boolean> {
    let isGone = false;
    try {
      isGone = await this.#options.store.remove(id, by);
    } finally {
      if (!isGone) this.#options.places.reopen(id);
    }
    return isGone;
  }

  /** The settings of one and its password, to try them out; null for a sandbox. Of one that is refused there are none. */
  loginOf(row: CarrierRow): { settings: SmppCarrierSettings; password: Secret } | null {
    must(row.standing !== 'refused', 'nothing is used of a carrier that was changed outside');
    if (row.kind === 'sandbox') return null;
    const { settings, sealedSecret } = row;
    must(settingsCheck.Check(settings), 'a stored carrier has settings that were checked');
    const password =
      sealedSecret && this.#options.vault.openSecret('carrier secret', GATEWAY_ACCOUNT, row.id, sealedSecret);
    must(password, 'a stored carrier has a password that can be opened');
    return { settings, password };
  }

  #find(name: string): CarrierRow | undefined {
    return this.#rows.find((row) => row.name === name);
  }

  #seal(id: number, password: Secret): Buffer {
    return this.#options.vault.sealSecret('carrier secret', GATEWAY_ACCOUNT, id, password);
  }

  #bring(row: CarrierRow): void {
    const { places } = this.#options;
    const { id } = row;
    const said = saidOf(row);
    const running = this.#running.get(id);
    if (!running) {
      if (row.isRemoved) return places.remember(id, row.name);
      const link = places.add(id, row.name, this.#maker(row), row.isEnabled && row.standing !== 'refused');
      this.#running.set(id, { link, said, turn: Promise.resolve() });
    } else if (running.said !== said && row.standing !== 'refused') {
      running.said = said;
      running.turn = running.turn
        .then(() => this.#renew(row, running))
        .catch((error: unknown) => {
          this.#options.log.error('carrier_not_changed', { carrier: row.name, cause: errorText(error) });
        });
    }
  }

  async #renew(row: CarrierRow, running: Running<Part>): Promise<void> {
    const { places, log } = this.#options;
    if (row.isRemoved) {
      await places.remove(row.id);
      this.#running.delete(row.id);
    } else if (running.said === saidOf(row))
      running.link = await places.replace(row.id, this.#maker(row), row.isEnabled);
    log.info('carrier_changed', { carrier: row.name });
  }

  #maker(row: CarrierRow): MakeLink<Part> {
    const { clock, entropy, log, handset } = this.#options;
    // One that is refused has a link that is never started: what is for it waits as for one that is disabled.
    const login = row.standing === 'refused' ? null : this.loginOf(row);
    if (!login) return (events) => new SandboxLink({ clock, entropy, handset }, events);
    const { host, tls: wanted } = login.settings;
    const tls = wanted === false ? null : () => clientTls(tlsOptions(host, wanted));
    return (events) => new SmppLink({ name: row.name, ...login, tls, clock, entropy, log }, events);
  }
}

/** What is different, by name and without its values: a password is among them. */
const namesOf = ({ settings = {}, unset = [], ...others }: CarrierChange): string[] => [
  ...Object.keys(others),
  ...Object.keys(settings),
  ...unset,
];

const changedOutside = (): Fault =>
  fault('changed_outside', {
    detail: 'Set it again with all of its settings and its password, or accept what stands in the database.',
  });

const notFound = (): Fault => fault('not_found', { detail: 'There is no carrier of that name.' });

/** Plain SMPP shows every message and the password to the network between: it does not leave this machine. */
function mistakeIn(settings: unknown, password: Secret | null): Fault | null {
  if (!settingsCheck.Check(settings)) {
    const [mistake] = settingsCheck.Errors(settings);
    return fault('invalid_setting', {
      detail: 'A setting has a value it cannot have.',
      field: mistake?.instancePath ?? '',
    });
  }
  if (settings.tls === false && !LOOPBACK.test(settings.host)) {
    return fault('invalid_setting', {
      detail: 'Without TLS a carrier is reached on the loopback interface only.',
      field: '/tls',
    });
  }
  if (settings.interfaceVersion === '3.3' && (settings.cutting === 'sar' || settings.cutting === 'whole')) {
    return fault('invalid_setting', { detail: 'SMPP 3.3 has no parameters to tell that by.', field: '/cutting' });
  }
  if (password && !/^[!-~]{1,8}$/.test(password.reveal())) {
    return fault('invalid_setting', {
      detail: 'An SMPP password has 1 to 8 printable characters.',
      field: '/password',
    });
  }
  return null;
}
