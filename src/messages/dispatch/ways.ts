import type { RouteQuestion, RouteRow, Routes } from '../../carriers/index.ts';
import type { Message } from '../message.ts';
import type { Outlet } from './outlet.ts';

/** What a router must tell of a carrier that a route or a credential names. */
export type WayState = 'not allowed' | 'unknown' | 'down' | 'up';

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

type Addressed = Pick<Message, 'from' | 'class' | 'accountId'> & { readonly to: string };

/**
 * Which carrier a message takes: those of its route in their order, or where no route fits those of its credential. A route
 * gives no carrier that the credential does not name.
 */
export class Ways {
  readonly #routes: Pick<Routes, 'find'>;
  readonly #outletNamed: (name: string) => Outlet | null;

  constructor(routes: Pick<Routes, 'find'>, outletNamed: (name: string) => Outlet | null) {
    this.#routes = routes;
    this.#outletNamed = outletNamed;
  }

  /** The first that is up; where none is, the first: the message waits for it. Null where it has no way at all. */
  choose(message: Addressed, allowed: readonly string[]): Outlet | null {
    const route = this.#routes.find(message);
    let first: Outlet | null = null;
    for (const name of route?.carriers ?? allowed) {
      if (route && !allowed.includes(name)) continue;
      const outlet = this.#outletNamed(name);
      if (outlet?.isUp) return outlet;
      first ??= outlet;
    }
    return first;
  }

  explain(question: RouteQuestion, allowed: readonly string[]): Explained {
    const route = this.#routes.find(question);
    const ways = (route?.carriers ?? allowed).map((carrier) => ({ carrier, state: this.#stateOf(carrier, allowed) }));
    const way = ways.find(({ state }) => state === 'up') ?? ways.find(({ state }) => state === 'down');
    return { route, ways, carrier: way?.carrier ?? null };
  }

  #stateOf(name: string, allowed: readonly string[]): WayState {
    if (!allowed.includes(name)) return 'not allowed';
    const outlet = this.#outletNamed(name);
    if (!outlet) return 'unknown';
    return outlet.isUp ? 'up' : 'down';
  }
}
