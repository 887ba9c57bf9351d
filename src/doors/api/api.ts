import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import type { IdSource } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import { must } from '../../base/must.ts';
import type { Messages } from '../../messages/index.ts';
import type { Administration, Handset, Health, Webhooks } from './administration.ts';
import type { AuditOutlets } from './audit-outlets.ts';
import type { AuditReading } from './audit-reading.ts';
import type { Doorkeeper } from './authenticate.ts';
import type { CallContext } from './call.ts';
import { Connections } from './connections.ts';
import { clearSocket, closeToOthers } from './control-socket.ts';
import { limits } from './limits.ts';
import { openApiDocument } from './openapi.ts';
import type { ReceiptReports } from './receipts.ts';
import type { Route } from './route.ts';
import { accountMessageRoutes, accountRoutes } from './routes/accounts.ts';
import { auditRoutes, logRoutes } from './routes/audit.ts';
import { auditOutletRoutes } from './routes/audit-outlets.ts';
import { carrierRoutes } from './routes/carriers.ts';
import { handsetRoutes, type WatchRecord } from './routes/handset.ts';
import { keyRoutes } from './routes/keys.ts';
import { messageRoutes } from './routes/messages.ts';
import { previewRoute } from './routes/preview.ts';
import { publicRoutes } from './routes/public.ts';
import { receiptRoutes } from './routes/receipts.ts';
import { routingRoutes } from './routes/routing.ts';
import { vaultRoutes } from './routes/vault.ts';
import { webhookRoutes } from './routes/webhook.ts';
import type { Routing } from './routing.ts';
import { type ApiTls, buildServer } from './server.ts';
import type { VaultDesk } from './vault.ts';

export interface ApiDeps extends Doorkeeper {
  readonly messages: Messages;
  readonly audit: WatchRecord;
  readonly auditLog: AuditReading;
  readonly webhooks: Webhooks;
  readonly administration: Administration;
  readonly routing: Routing;
  readonly receipts: ReceiptReports;
  readonly vault: VaultDesk;
  readonly auditOutlets: AuditOutlets;
  readonly handset: Handset;
  readonly health: Health;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly version: string;
}

export interface Api {
  /** Opens the HTTPS listener for applications; answers the port it got. */
  listen(options: { readonly host: string; readonly port: number; readonly tls: ApiTls }): Promise<number>;
  /** Opens the control socket for the operator. Whoever can open the file is trusted. */
  listenControl(path: string): Promise<void>;
  /** Takes nothing more, finishes what is in flight, closes all connections. */
  close(): Promise<void>;
  /** All routes, of both listeners. */
  readonly routes: readonly Route[];
}

class FastifyApi implements Api {
  readonly #deps: ApiDeps;
  readonly #context: CallContext;
  readonly #streams = new Set<() => void>();
  readonly #servers: FastifyInstance[] = [];
  readonly #connections: Connections[] = [];
  readonly #forApplications: readonly Route[];
  readonly #forOperators: readonly Route[];

  constructor(deps: ApiDeps) {
    this.#deps = deps;
    this.#context = { clock: deps.clock, ids: deps.ids, log: deps.log, isClosing: false };
    const { administration, messages } = deps;
    this.#forApplications = this.#described([
      ...messageRoutes(messages),
      previewRoute(messages),
      ...webhookRoutes(deps.webhooks),
      ...logRoutes(deps.auditLog, 'audit'),
    ]);
    this.#forOperators = this.#described([
      ...accountRoutes(administration),
      ...accountMessageRoutes(administration, messages),
      ...keyRoutes(administration),
      ...carrierRoutes(administration),
      ...routingRoutes(deps.routing),
      ...receiptRoutes(deps.receipts),
      ...auditOutletRoutes(deps.auditOutlets),
      ...auditRoutes(deps.auditLog, administration),
      ...handsetRoutes(deps.handset, deps.audit, this.#streams),
      ...vaultRoutes(deps.vault),
    ]);
  }

  get routes(): readonly Route[] {
    return [...new Set([...this.#forApplications, ...this.#forOperators])];
  }

  async listen({ host, port, tls }: { host: string; port: number; tls: ApiTls }): Promise<number> {
    const server = this.#server(this.#forApplications, tls);
    await server.listen({ host, port });
    const [bound] = server.addresses();
    must(typeof bound === 'object', 'a listener on a port has an address');
    return bound.port;
  }

  async listenControl(path: string): Promise<void> {
    await clearSocket(path);
    await this.#server(this.#forOperators, null).listen({ path });
    closeToOthers(path);
  }

  async close(): Promise<void> {
    this.#context.isClosing = true;
    for (const end of this.#streams) end();
    const cut = () => {
      for (const { server } of this.#servers) server.closeAllConnections();
    };
    const callOff = this.#deps.clock.after(limits.closeGraceMs, cut);
    const closed = this.#servers.map((server) => server.close());
    for (const connections of this.#connections) connections.close();
    await Promise.all(closed);
    callOff();
  }

  #server(routes: readonly Route[], tls: ApiTls | null): FastifyInstance {
    const server = buildServer(routes, this.#deps, this.#context, tls);
    this.#servers.push(server);
    this.#connections.push(new Connections(server.server, tls !== null));
    return server;
  }

  /** The routes of a listener, with those that describe it. */
  #described(own: readonly Route[]): readonly Route[] {
    let text: string | undefined;
    const all: readonly Route[] = [
      ...own,
      ...publicRoutes(this.#deps.health, () => (text ??= JSON.stringify(openApiDocument(all, this.#deps.version)))),
    ];
    return all;
  }
}

export const createApi = (deps: ApiDeps): Api => new FastifyApi(deps);
