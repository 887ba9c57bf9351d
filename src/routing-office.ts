import type { Accounts, Credentials } from './access/index.ts';
import type { Actor } from './audit/index.ts';
import { type Fault, fault } from './base/fault.ts';
import type { Carriers, RouteRow, Routes } from './carriers/index.ts';
import type { ExplainedRoute, RouteToExplain, RouteView, Routing, WantedRoute } from './doors/api/index.ts';
import type { Part, River } from './messages/index.ts';
import { parseNumber } from './wire/number/e164.ts';
import { senderKind } from './wire/number/sender.ts';

export interface RoutingParts {
  readonly accounts: Pick<Accounts, 'find' | 'list'>;
  readonly credentials: Pick<Credentials, 'find'>;
  readonly carriers: Pick<Carriers<Part>, 'list'>;
  readonly routes: Routes;
  readonly river: Pick<River, 'explainRoute'>;
}

/** What an operator does with routes. */
export class RoutingOffice implements Routing {
  readonly #parts: RoutingParts;

  constructor(parts: RoutingParts) {
    this.#parts = parts;
  }

  async addRoute({ account, ...wanted }: WantedRoute, by: Actor): Promise<RouteView | Fault> {
    const unknown = wanted.carriers.findIndex((name) => !this.#carrierNames().includes(name));
    if (unknown !== -1)
      return fault('not_found', { detail: 'There is no carrier of that name.', field: `/carriers/${unknown}` });
    const accountId = await this.#accountId(account);
    if (typeof accountId === 'object' && accountId !== null) return accountId;
    const row = await this.#parts.routes.add({ ...wanted, accountId }, by);
    return 'code' in row ? row : (await this.#views([row]))[0]!;
  }

  listRoutes(): Promise<readonly RouteView[]> {
    return this.#views(this.#parts.routes.list);
  }

  async removeRoute(id: number, by: Actor): Promise<RouteView | Fault> {
    const row = await this.#parts.routes.remove(id, by);
    return 'code' in row ? row : (await this.#views([row]))[0]!;
  }

  async explainRoute(about: RouteToExplain): Promise<ExplainedRoute | Fault> {
    const to = parseNumber(about.to);
    if (to === null) return fault('invalid_number', { field: '/to' });
    const kind = senderKind(about.from);
    if (kind === null) return fault('invalid_sender', { field: '/from' });
    const from = kind === 'long_code' ? parseNumber(about.from)! : about.from;
    const who = await this.#who(about);
    if ('code' in who) return who;
    const question = { to, from, class: about.class, accountId: who.accountId };
    const { route, ways, carrier } = this.#parts.river.explainRoute(question, who.carriers);
    const carriers = ways.map(({ carrier: name, state }) => ({ name, state }));
    return { route: route && (await this.#views([route]))[0]!, carriers, carrier };
  }

  /** Whose message it is, and which carriers it may use: those of its credential, or all where none is named. */
  async #who({ key, account }: RouteToExplain): Promise<{ accountId: number; carriers: readonly string[] } | Fault> {
    if (key !== null) {
      const credential = this.#parts.credentials.find(key);
      if (!credential) return fault('not_found', { detail: 'There is no key of that id.', field: '/key' });
      return { accountId: credential.accountId, carriers: credential.capability.carriers };
    }
    const accountId = await this.#accountId(account);
    if (typeof accountId === 'object' && accountId !== null) return accountId;
    return { accountId: accountId ?? 0, carriers: this.#carrierNames() };
  }

  async #accountId(name: string | null): Promise<number | null | Fault> {
    if (name === null) return null;
    const account = await this.#parts.accounts.find(name);
    return account?.id ?? fault('not_found', { detail: 'There is no account of that name.', field: '/account' });
  }

  async #views(rows: readonly RouteRow[]): Promise<RouteView[]> {
    const names = new Map((await this.#parts.accounts.list()).map((account) => [account.id, account.name]));
    return rows.map(({ accountId, ...row }) => ({
      ...row,
      account: accountId === null ? null : (names.get(accountId) ?? ''),
    }));
  }

  #carrierNames(): string[] {
    return this.#parts.carriers.list.map(({ name }) => name);
  }
}
