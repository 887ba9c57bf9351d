import { systemClock } from '../../src/base/clock.ts';
import { type Fault, fault } from '../../src/base/fault.ts';
import type { ExplainedRoute, RouteToExplain, RouteView, Routing, WantedRoute } from '../../src/doors/api/index.ts';

/** Routes in memory. Whatever is asked, the newest route fits and its first carrier is up. */
export class FakeRouting implements Routing {
  readonly #routes: RouteView[] = [];
  readonly asked: RouteToExplain[] = [];

  addRoute(wanted: WantedRoute): Promise<RouteView | Fault> {
    const route = { ...wanted, id: this.#routes.length + 1, createdAtMs: systemClock.now(), isRefused: false };
    this.#routes.push(route);
    return Promise.resolve(route);
  }

  listRoutes(): Promise<readonly RouteView[]> {
    return Promise.resolve(this.#routes);
  }

  removeRoute(id: number): Promise<RouteView | Fault> {
    const at = this.#routes.findIndex((route) => route.id === id);
    return Promise.resolve(at === -1 ? fault('not_found') : this.#routes.splice(at, 1)[0]!);
  }

  explainRoute(about: RouteToExplain): Promise<ExplainedRoute | Fault> {
    this.asked.push(about);
    const route = this.#routes.at(-1) ?? null;
    const carriers = (route?.carriers ?? []).map((name) => ({ name, state: 'up' }));
    return Promise.resolve({ route, carriers, carrier: carriers[0]?.name ?? null });
  }
}
