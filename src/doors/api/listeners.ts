import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import type { IdSource } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import { must } from '../../base/must.ts';
import type { Health } from './administration.ts';
import type { Doorkeeper } from './authenticate.ts';
import type { CallContext, Sealed } from './call.ts';
import { Connections } from './connections.ts';
import { clearSocket, closeToOthers } from './control-socket.ts';
import { limits } from './limits.ts';
import { openApiDocument } from './openapi.ts';
import type { Route } from './route.ts';
import { publicRoutes } from './routes/public.ts';
import { type ApiTls, buildServer } from './server.ts';

export interface Listeners {
  /** Opens the HTTPS listener for applications; answers the port it got. */
  listen(options: { readonly host: string; readonly port: number; readonly tls: ApiTls }): Promise<number>;
  /** Opens the control socket for the operator. Whoever can open the file is trusted. */
  listenControl(path: string): Promise<void>;
  /** Takes nothing more, finishes what is in flight, closes all connections. */
  close(): Promise<void>;
}

export interface ListenerDeps extends Doorkeeper {
  readonly health: Health;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly version: string;
  /** Why nothing but what stands in the routes is done; left out where the rest is simply not there. */
  readonly sealed?: Sealed;
}

interface Routes {
  readonly forApplications: readonly Route[];
  readonly forOperators: readonly Route[];
}

/** The two listeners, with the routes of each. */
export class FastifyListeners implements Listeners {
  readonly #deps: ListenerDeps;
  readonly #context: CallContext;
  readonly #streams: ReadonlySet<() => void>;
  readonly #servers: FastifyInstance[] = [];
  readonly #connections: Connections[] = [];
  readonly #forApplications: readonly Route[];
  readonly #forOperators: readonly Route[];

  /** `streams` are what routes have open, each with how it ends. */
  constructor(deps: ListenerDeps, streams: ReadonlySet<() => void>, { forApplications, forOperators }: Routes) {
    const { clock, ids, log, sealed = null } = deps;
    this.#deps = deps;
    this.#streams = streams;
    this.#context = { clock, ids, log, sealed, isClosing: false };
    this.#forApplications = this.#described(forApplications);
    this.#forOperators = this.#described(forOperators);
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
