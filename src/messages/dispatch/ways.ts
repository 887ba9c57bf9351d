import type { CarrierLink, RouteQuestion, RouteRow, Routes } from '../../carriers/index.ts';
import type { Language } from '../../wire/text/languages.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';
import type { Message, Part } from '../message.ts';
import type { Outlet } from './outlet.ts';

/** What a router must tell of a carrier that a route or a credential names. */
export type WayState = 'not allowed' | 'unknown' | 'down' | 'failing' | 'up';

export interface Way {
  readonly carrier: string;
  readonly state: WayState;
}

/** Which way a message would take, and why. */
export interface Explained {
  /** Null where no route fits: then the carriers are those of the credential. */
  readonly route: RouteRow | null;
  /** In the order in which they are tried. */
  readonly ways: readonly Way[];
  /** The carrier it would take; null where there is none for it. */
  readonly carrier: string | null;
}

/** Of a message whose keys are gone. */
const UNREADABLE = Buffer.alloc(0);

type Addressed = Pick<Message, 'from' | 'class' | 'accountId'> & { readonly to: string };

/**
 * Which carrier a message takes: those of its route in their order, or where no route fits those of its credential. A route
 * gives no carrier that the credential does not name.
 */
export class Ways {
  readonly #routes: Pick<Routes, 'find'>;
  readonly #carriersOf: (credentialId: number) => readonly string[];
  readonly #outletNamed: (name: string) => Outlet | null;

  constructor(
    routes: Pick<Routes, 'find'>,
    carriersOf: (credentialId: number) => readonly string[],
    outletNamed: (name: string) => Outlet | null,
  ) {
    this.#routes = routes;
    this.#carriersOf = carriersOf;
    this.#outletNamed = outletNamed;
  }

  /**
   * The first that is up and does not fail; else the first that is up; where none is, the first: the message waits for it.
   * Null where it has no way at all.
   */
  choose(message: Addressed, allowed: readonly string[]): Outlet | null {
    const route = this.#routes.find(message);
    let first: Outlet | null = null;
    let firstUp: Outlet | null = null;
    for (const name of route?.carriers ?? allowed) {
      if (route && !allowed.includes(name)) continue;
      const outlet = this.#outletNamed(name);
      if (outlet?.isUsable) {
        outlet.chosen();
        return outlet;
      }
      first ??= outlet;
      if (outlet?.isUp) firstUp ??= outlet;
    }
    return firstUp ?? first;
  }

  /** The same for a message that was stored: of the carriers whose handsets can read it, or where it is if there is none. */
  chooseAgain(message: Message): Outlet | null {
    const named = this.#carriersOf(message.credentialId);
    const { hasHeader, outlet: own } = message;
    const allowed = hasHeader ? named.filter((name) => this.#mayGoTo(name, message)) : named;
    return this.choose(message as Message & { to: string }, allowed) ?? own;
  }

  #mayGoTo(name: string, message: Message): boolean {
    const outlet = this.#outletNamed(name);
    return outlet !== null && (outlet === message.outlet || carries(outlet, message));
  }

  /** The first that is up, does not fail, has not refused the message, and is not where it is; null where there is none. */
  other(message: Message): Outlet | null {
    const allowed = this.#carriersOf(message.credentialId);
    const route = this.#routes.find(message as Message & { to: string });
    for (const name of route?.carriers ?? allowed) {
      if (!allowed.includes(name)) continue;
      const outlet = this.#outletNamed(name);
      const isTried = outlet === message.outlet || (outlet && message.tried?.includes(outlet.carrierId));
      if (!outlet || isTried || !outlet.isUsable || !carries(outlet, message)) continue;
      outlet.chosen();
      return outlet;
    }
    return null;
  }

  /** Whether a message that was stored would take a carrier that is up, or has its end because its carrier is no more. */
  hasWay(message: Message): boolean {
    if (message.isBound) return message.outlet === null || message.outlet.isUp;
    return message.to !== null && this.chooseAgain(message)?.isUp === true;
  }

  /** Those of the credentials that name a carrier that is up. */
  credentialsWith(credentialIds: readonly number[]): number[] {
    return credentialIds.filter((id) => this.#carriersOf(id).some((name) => this.#outletNamed(name)?.isUp));
  }

  /** Whether some message of a credential may have another way than this carrier, as they are now. */
  hasOther(credentialId: number, than: Outlet): boolean {
    return this.#carriersOf(credentialId).some((name) => {
      const outlet = this.#outletNamed(name);
      return outlet !== null && outlet !== than && outlet.isUsable;
    });
  }

  explain(question: RouteQuestion, allowed: readonly string[]): Explained {
    const route = this.#routes.find(question);
    const ways = (route?.carriers ?? allowed).map((carrier) => ({ carrier, state: this.#stateOf(carrier, allowed) }));
    const way = ['up', 'failing', 'down'].map((wanted) => ways.find(({ state }) => state === wanted)).find(Boolean);
    return { route, ways, carrier: way?.carrier ?? null };
  }

  #stateOf(name: string, allowed: readonly string[]): WayState {
    if (!allowed.includes(name)) return 'not allowed';
    const outlet = this.#outletNamed(name);
    if (!outlet) return 'unknown';
    if (!outlet.isUp) return 'down';
    return outlet.isUsable ? 'up' : 'failing';
  }
}

/**
 * Whether the handsets of a carrier read the national languages of a message (TS 23.038 §6.2.1.2), or those where it is do
 * not either: then its application wrote the header, and knows.
 */
function carries({ link }: Outlet, { hasHeader, outlet, octets, parts }: Message): boolean {
  if (!hasHeader) return true;
  const written = languagesOf(octets ?? parts[0]?.octets ?? UNREADABLE);
  const lacks = (one: CarrierLink<Part> | null) => written.some((it) => !one?.traits.nationalLanguages.includes(it));
  return !lacks(link) || (outlet !== null && lacks(outlet.link));
}

function languagesOf(octets: Buffer): Language[] {
  const { locking, single } = readHeader(octets).shifts;
  return [locking, single].filter((language) => language !== 'default');
}
