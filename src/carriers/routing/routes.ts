import type { Actor } from '../../audit/index.ts';
import type { Clock } from '../../base/clock.ts';
import { type Fault, fault } from '../../base/fault.ts';
import { OneByOne } from '../../base/one-by-one.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import { senderKind } from '../../wire/number/sender.ts';
import { type RouteQuestion, type RouteRule, Router } from './router.ts';
import type { RoutesStore, StoredRoute } from './routes-store.ts';

const ROUTES_MAX = 10_000;
const PREFIX = /^\d{0,15}$/;

/** A route, and whether it was changed in the database outside of the gateway: then no message takes it. */
export interface RouteRow extends StoredRoute {
  readonly isRefused: boolean;
}

/** All routes, answered from memory. `reload` keeps them true when another node changes them. */
export class Routes {
  readonly #store: RoutesStore;
  readonly #clock: Clock;
  #rows: readonly RouteRow[] = [];
  #router = new Router<RouteRow>([]);
  /** What was read before a change must not be taken in after it. */
  readonly #changes = new OneByOne();

  constructor(store: RoutesStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  get list(): readonly RouteRow[] {
    return this.#rows;
  }

  /** The route of a message; null where it takes the carriers of its credential. */
  find(question: RouteQuestion): RouteRow | null {
    return this.#router.find(question);
  }

  reload(): Promise<void> {
    return this.#changes.do(async () => {
      const { whole, kept, changed } = await this.#store.all();
      const isKept = new Set(kept.map(({ id }) => id));
      const refused = changed.filter(({ id }) => !isKept.has(id));
      const rows = [...[...whole, ...kept].map(inForce), ...refused.map((route) => ({ ...route, isRefused: true }))];
      this.#take(rows.toSorted((a, b) => a.id - b.id));
    });
  }

  /** Adds a route. `carriers` must be names that are known to the caller. */
  add(wanted: RouteRule, by: Actor): Promise<RouteRow | Fault> {
    return this.#changes.do(async () => {
      const rule = soundRule(wanted);
      if ('code' in rule) return rule;
      if (this.#rows.length >= ROUTES_MAX)
        return fault('invalid_setting', { detail: `There are ${ROUTES_MAX} routes: remove some first.` });
      const added = await this.#store.add(rule, this.#clock.now(), by);
      if ('code' in added) return added;
      const row = inForce(added);
      this.#take([...this.#rows, row]);
      return row;
    });
  }

  remove(id: number, by: Actor): Promise<RouteRow | Fault> {
    return this.#changes.do(async () => {
      const row = await this.#store.remove(id, by);
      if (!row) return fault('not_found', { detail: 'There is no route of that id.' });
      this.#take(this.#rows.filter((route) => route.id !== id));
      return inForce(row);
    });
  }

  #take(rows: readonly RouteRow[]): void {
    this.#rows = rows;
    this.#router = new Router(rows.filter(({ isRefused }) => !isRefused));
  }
}

const inForce = (route: StoredRoute): RouteRow => ({ ...route, isRefused: false });

/** The rule with its sender as messages have it, or what is wrong with it. */
function soundRule(rule: RouteRule): RouteRule | Fault {
  if (!PREFIX.test(rule.prefix))
    return fault('invalid_setting', {
      detail: 'A prefix has at most 15 digits, without a plus sign.',
      field: '/prefix',
    });
  if (new Set(rule.carriers).size !== rule.carriers.length || rule.carriers.length === 0)
    return fault('invalid_setting', { detail: 'A route names each of its carriers once.', field: '/carriers' });
  if (rule.sender === null) return rule;
  const kind = senderKind(rule.sender);
  if (kind === null) return fault('invalid_sender', { field: '/sender' });
  return kind === 'long_code' ? { ...rule, sender: parseNumber(rule.sender)! } : rule;
}
