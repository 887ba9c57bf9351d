import type { Actor } from '../../audit/index.ts';
import type { Fault } from '../../base/fault.ts';
import type { MessageClass } from '../../messages/index.ts';

/** A route to be added. Null fits any. */
export interface WantedRoute {
  /** Leading digits of the E.164 number; '' for every number. */
  readonly prefix: string;
  readonly sender: string | null;
  readonly class: MessageClass | null;
  /** The name of the account. */
  readonly account: string | null;
  /** By name, in the order in which they are tried. */
  readonly carriers: readonly string[];
}

export interface RouteView extends Omit<WantedRoute, 'class'> {
  readonly id: number;
  readonly class: string | null;
  readonly createdAtMs: number;
  /** It was changed in the database outside of the gateway: no message takes it. */
  readonly isRefused: boolean;
}

/** A message of which the operator wants to know the way. */
export interface RouteToExplain {
  readonly to: string;
  readonly from: string;
  readonly class: MessageClass;
  /** The id of the credential that sends it; null for one that may use every carrier. */
  readonly key: number | null;
  /** The name of the account, where no credential says it. */
  readonly account: string | null;
}

export interface ExplainedRoute {
  /** Null where no route fits. */
  readonly route: RouteView | null;
  readonly carriers: readonly { readonly name: string; readonly state: string }[];
  /** The carrier it would take; null for none. */
  readonly carrier: string | null;
}

/** What the operator does with routes. */
export interface Routing {
  addRoute(wanted: WantedRoute, by: Actor): Promise<RouteView | Fault>;
  listRoutes(): Promise<readonly RouteView[]>;
  removeRoute(id: number, by: Actor): Promise<RouteView | Fault>;
  explainRoute(about: RouteToExplain): Promise<ExplainedRoute | Fault>;
}
