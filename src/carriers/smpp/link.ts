import type { ConnectionOptions } from 'node:tls';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import type { Entropy } from '../../base/entropy.ts';
import type { Log } from '../../base/log.ts';
import { must } from '../../base/must.ts';
import type { Secret } from '../../base/secret.ts';
import type { CarrierEvents, CarrierLink, CarrierTraits, OutboundPart } from '../carrier.ts';
import { Bind } from './bind.ts';
import type { BindKind } from './bind-pdu.ts';
import { QuietLog } from './quiet-log.ts';
import { type LinkSettings, type SmppCarrierSettings, withDefaults } from './settings.ts';

export interface SmppLinkOptions {
  readonly name: string;
  readonly settings: SmppCarrierSettings;
  readonly password: Secret;
  /** Options of the verified TLS connection; null for plain, which is taken for loopback only. */
  readonly tls: (() => ConnectionOptions) | null;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** A link to a carrier's SMSC: several binds, of which each takes parts while it has room. */
export class SmppLink<Part extends OutboundPart> implements CarrierLink<Part> {
  readonly traits: CarrierTraits;
  readonly #clock: Clock;
  readonly #binds: readonly Bind<Part>[];
  /** Those that parts go out on. */
  readonly #senders: readonly Bind<Part>[];
  readonly #changed: () => void;
  #next = 0;
  #cancelTick: (() => void) | null = null;
  /** Calls off the time at which a bind has room again by its pace. */
  #cancelRoom: (() => void) | null = null;
  #hasRoomAtMs = Number.POSITIVE_INFINITY;

  constructor(options: SmppLinkOptions, events: CarrierEvents<Part>) {
    const settings = withDefaults(options.settings);
    const { clock, log } = options;
    this.traits = { cutting: settings.cutting, nationalLanguages: settings.nationalLanguages };
    this.#clock = clock;
    this.#changed = () => events.changed();
    const quiet = new QuietLog(log, clock);
    const context = { ...options, settings, events, quiet, hasRoomIn: (waitMs: number) => this.#planRoom(waitMs) };
    this.#binds = kindsOf(settings).map((kind) => new Bind(kind, context));
    this.#senders = this.#binds.filter(({ kind }) => kind !== 'receiver');
  }

  get room(): number {
    let room = 0;
    for (const bind of this.#senders) room += bind.room;
    return room;
  }

  get isUp(): boolean {
    return this.#senders.some((bind) => bind.isUp);
  }

  get status(): string {
    const [first] = this.#binds;
    const down = this.#binds.find((bind) => !bind.isUp);
    if (down === undefined || this.#binds.length === 1) return first!.status;
    const up = this.#binds.filter((bind) => bind.isUp).length;
    return up === 0 ? down.status : `${up} of ${this.#binds.length} bound, a ${down.kind} is ${down.status}`;
  }

  start(): void {
    for (const bind of this.#binds) bind.start();
    this.#tick();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#binds.map((bind) => bind.stop()));
    this.#cancelTick?.();
    this.#cancelRoom?.();
  }

  /** Binds take turns, so that none waits while another's window is full. */
  submit(part: Part): void {
    const senders = this.#senders;
    for (let tries = senders.length; tries > 0; tries--) {
      this.#next = this.#next + 1 < senders.length ? this.#next + 1 : 0;
      const bind = senders[this.#next]!;
      if (senders.length === 1 || bind.room > 0) return bind.submit(part);
    }
    must(false, 'a part is handed over only where there is room');
  }

  /** The longest that an enquire_link takes on the binds that are up, ms; null where one is not answered, or none is up. */
  async ping(): Promise<number | null> {
    const times = await Promise.all(this.#binds.filter((bind) => bind.isUp).map((bind) => bind.ping()));
    return times.length === 0 || times.includes(null) ? null : Math.max(...(times as number[]));
  }

  #tick(): void {
    this.#cancelTick = this.#clock.after(SECOND_MS, () => this.#tick());
    const nowMs = this.#clock.elapsed();
    for (const bind of this.#binds) bind.tick(nowMs);
  }

  /** One timer for all binds, for the first that has room again. */
  #planRoom(waitMs: number): void {
    const atMs = this.#clock.elapsed() + waitMs;
    if (atMs >= this.#hasRoomAtMs) return;
    this.#cancelRoom?.();
    this.#hasRoomAtMs = atMs;
    this.#cancelRoom = this.#clock.after(waitMs, () => {
      this.#hasRoomAtMs = Number.POSITIVE_INFINITY;
      this.#changed();
      // Timers are early by up to a millisecond, and another bind may be due later: whoever has no room yet is planned anew.
      const nowMs = this.#clock.elapsed();
      for (const bind of this.#senders) bind.planRoom(nowMs);
    });
  }
}

function kindsOf({ mode, bindCount }: LinkSettings): BindKind[] {
  const kinds: readonly BindKind[] = mode === 'transceiver' ? ['transceiver'] : ['transmitter', 'receiver'];
  return Array.from({ length: bindCount }, () => kinds).flat();
}
