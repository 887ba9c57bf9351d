import type { Audit } from '../audit/index.ts';
import { type Clock, DAY_MS, MINUTE_MS } from '../base/clock.ts';
import type { Fault, FaultCode } from '../base/fault.ts';
import { RecentMap } from '../base/recent-map.ts';
import type { Credential } from './credential.ts';
import { sourceOf } from './networks.ts';
import type { BindMode } from './smpp-capability.ts';

/** A use of a credential that was refused. */
export interface Refusal {
  readonly door: 'api' | 'smpp';
  /** The credential that was named; null where there is none of that name. */
  readonly credentialId: number | null;
  readonly address: string;
  readonly code: FaultCode;
}

/** Pairs of credential and address that are known to be on record today, some 150 octets each. */
const KNOWN_MAX = 10_000;
/** Refused uses a minute that are entries of their own: of a source, and of all. */
const REFUSALS_OF_SOURCE = 10;
const REFUSALS = 1000;
/** Sources whose further refusals are counted by themselves; those beyond are counted together. */
const COUNTED_SOURCES = 1000;

type Then = (why: Fault | null) => void;

/** Puts on record that credentials are used. What strangers can cause as often as they like is bounded. */
export class Uses {
  readonly #audit: Audit;
  readonly #clock: Clock;
  readonly #known = new RecentMap<string, true>(KNOWN_MAX);
  /** Who waits until a pair is on record. */
  readonly #waiting = new Map<string, Then[]>();
  readonly #refusals = new Map<string, number>();
  /** How many more there were, by source; '' for the sources that have no place. */
  readonly #beyond = new Map<string, number>();
  #day = -1;
  #refusalCount = 0;
  #callOff: (() => void) | null = null;

  constructor({ audit, clock }: { readonly audit: Audit; readonly clock: Clock }) {
    this.#audit = audit;
    this.#clock = clock;
  }

  /** Whether it is on record that the credential was used today (UTC) from this address. */
  isKnown(credential: Credential, address: string): boolean {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    if (day !== this.#day) this.#begin(day);
    return this.#known.get(pairOf(credential, address)) !== undefined;
  }

  /** Puts the first request of a day on record. `then` is called once: with null when that is durable. */
  used(credential: Credential, address: string, then: Then): void {
    const pair = pairOf(credential, address);
    const waiting = this.#waiting.get(pair);
    if (waiting) return void waiting.push(then);
    const all = [then];
    const day = this.#day;
    this.#waiting.set(pair, all);
    this.#audit.note(this.#entry(credential, address, { door: 'api' }), (why) => {
      this.#waiting.delete(pair);
      if (!why && day === this.#day) this.#known.set(pair, true);
      for (const told of all) told(why);
    });
  }

  /** Puts a bind on record. `then` is called once: with null when that is durable. */
  bound(credential: Credential, address: string, mode: BindMode, then: Then): void {
    this.#audit.note(this.#entry(credential, address, { door: 'smpp', mode }), then);
  }

  /** Puts on record that somebody was refused. What is beyond the bounds of the minute is counted, and the count is an entry. */
  refused({ door, credentialId, address, code }: Refusal): void {
    const source = sourceOf(address);
    const count = (this.#refusals.get(source) ?? 0) + 1;
    this.#callOff ??= this.#clock.after(MINUTE_MS, () => this.#endMinute());
    const isCounted = count > REFUSALS_OF_SOURCE || this.#refusalCount >= REFUSALS;
    if (isCounted) return this.#count(source);
    this.#refusals.set(source, count);
    this.#refusalCount++;
    const on = credentialId === null ? [] : [`credential:${credentialId}`];
    this.#noteRefused(address, { on, outcome: code, about: { door } });
  }

  /** Puts on record what was counted up to now. */
  close(): void {
    this.#callOff?.();
    this.#endMinute();
  }

  #count(source: string): void {
    const isOfOwn = this.#beyond.has(source) || this.#beyond.size < COUNTED_SOURCES;
    const name = isOfOwn ? source : '';
    this.#beyond.set(name, (this.#beyond.get(name) ?? 0) + 1);
  }

  #endMinute(): void {
    this.#callOff = null;
    for (const [source, count] of this.#beyond)
      this.#noteRefused(source || null, { on: [], outcome: 'refused', about: { count } });
    this.#beyond.clear();
    this.#refusals.clear();
    this.#refusalCount = 0;
  }

  /** Nothing is done that would have to wait for this. */
  #noteRefused(from: string | null, more: { on: string[]; outcome: string; about: Record<string, string | number> }) {
    const entry = this.#audit.done({ who: 'nobody', from }, 'credential.refused', more.on, more.about);
    this.#audit.note({ ...entry, outcome: more.outcome }, () => {});
  }

  #entry({ id, accountId }: Credential, from: string, about: Record<string, string>) {
    const who = `credential:${id}`;
    return this.#audit.done({ who, from }, 'credential.used', [who, `account:${accountId}`], about);
  }

  #begin(day: number): void {
    this.#day = day;
    this.#known.clear();
  }
}

const pairOf = ({ id }: Credential, address: string): string => `${id} ${address}`;
