import type { Actor, Audit } from './audit/index.ts';
import { type Clock, HOUR_MS } from './base/clock.ts';
import type { Fault } from './base/fault.ts';
import { RecentMap } from './base/recent-map.ts';

/** Who reads tiles in this hour: pairs of name and address, some 200 octets each. Whoever is forgotten is put on record again. */
const READERS_MAX = 1000;

/** What is shown: entries in words, those that are to come as well, proofs, or what a verification finds. */
type How = 'entries' | 'follow' | 'proof' | 'tiles' | 'verification';

/** Puts on record that somebody reads the audit log (PCI DSS 4.0 10.2.1.3). What cannot be put on record is not shown. */
export class LogReadings {
  readonly #audit: Pick<Audit, 'done' | 'noted'>;
  readonly #clock: Clock;
  readonly #tiles = new RecentMap<string, { readonly hour: number; readonly recorded: Promise<Fault | null> }>(
    READERS_MAX,
  );

  constructor({ audit, clock }: { readonly audit: Pick<Audit, 'done' | 'noted'>; readonly clock: Clock }) {
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Resolves when it is durable, with null, or else with why it is not. `to` is the index after the last that is shown. */
  reads(by: Actor, how: How, range: { readonly from?: number; readonly to?: number } = {}): Promise<Fault | null> {
    return this.#audit.noted(this.#audit.done(by, 'log.read', ['log'], { how, ...range }));
  }

  /** The same of whoever copies the log tile by tile: once an hour, so that the entries of a copy do not outgrow the log. */
  async copies(by: Actor): Promise<Fault | null> {
    const reader = `${by.who} ${by.from}`;
    const hour = Math.floor(this.#clock.now() / HOUR_MS);
    const known = this.#tiles.get(reader);
    if (known?.hour === hour) return known.recorded;
    const recorded = this.reads(by, 'tiles');
    this.#tiles.set(reader, { hour, recorded });
    const why = await recorded;
    if (why !== null) this.#tiles.delete(reader);
    return why;
  }
}
