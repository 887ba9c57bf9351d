import type { TlsOptions, Server as TlsServer } from 'node:tls';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { fault } from '../../base/fault.ts';
import { authenticate, type Doorkeeper } from './authenticate.ts';
import { takeJson } from './body.ts';
import { Call, type CallContext, fail, refuse } from './call.ts';
import { answerBrokenClient, faultOfError } from './errors.ts';
import { limits } from './limits.ts';
import type { Route } from './route.ts';
import { closed } from './schemas/shape.ts';
import { refusedWhy } from './why.ts';

export interface ApiTls {
  /** Certificate, key and what a listener is made with besides. */
  readonly options: TlsOptions;
  /** Gives every later certificate to the listener. */
  attach(server: TlsServer): void;
}

const safeHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
const ONE_YEAR_S = 31_536_000;
const tlsHeaders = { ...safeHeaders, 'strict-transport-security': `max-age=${ONE_YEAR_S}` };

const noQuery = closed({});

const isForKeys = (who: Route['who']) => who !== 'public' && who !== 'operator';

const connectionOptions = {
  headersTimeout: limits.headersTimeoutMs,
  connectionsCheckingInterval: limits.timeoutCheckMs,
  maxHeaderSize: limits.headerBytes,
};

function serverOptions(context: CallContext, tls: ApiTls | null): FastifyServerOptions {
  const handshake = { minVersion: 'TLSv1.3' as const, handshakeTimeout: limits.headersTimeoutMs };
  const transport =
    tls === null ? { http: connectionOptions } : { https: { ...connectionOptions, ...handshake, ...tls.options } };
  return {
    ...(transport as { http: typeof connectionOptions }),
    logger: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    genReqId: () => '',
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionTimeout: tls === null ? 0 : limits.idleTimeoutMs,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, discriminator: true } },
    clientErrorHandler: (error, socket) => answerBrokenClient(error, socket, context.ids),
    frameworkErrors: (error, _request, reply) =>
      refuse(context, reply, faultOfError(error) ?? fault('malformed_request')),
  };
}

const fastifyPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

function addRoute(server: FastifyInstance, route: Route, keeper: Doorkeeper, context: CallContext): void {
  const { body, params } = route.shape;
  server.route({
    method: route.method,
    url: fastifyPath(route.path),
    schema: { querystring: noQuery, ...(body && { body }), ...(params && { params }) },
    ...(route.bodyBytesMax !== undefined && { bodyLimit: route.bodyBytesMax }),
    ...(isForKeys(route.who) && { onRequest: authenticate(keeper, context, route.who) }),
    handler: (request, reply) => route.handle(new Call(context, request, reply)),
  });
}

/** The methods that an address takes: those of the path that says most of it literally. */
function methodsAt(routes: readonly Route[]): (path: string) => readonly string[] {
  const byPath = [...Map.groupBy(routes, (route) => route.path)].map(([path, there]) => ({
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    parameterCount: path.split('{').length,
    methods: there.map(({ method }) => method),
  }));
  const paths = byPath.toSorted((a, b) => a.parameterCount - b.parameterCount);
  return (path) => paths.find(({ pattern }) => pattern.test(path))?.methods ?? [];
}

/** Answers what no route takes: that the gateway is sealed, where it is; 405 where the path is there under other methods (RFC 9110 §15.5.6), else 404. */
function addRefusals(
  server: FastifyInstance,
  routes: readonly Route[],
  context: CallContext,
  isForOperator: boolean,
): void {
  const methodsOf = methodsAt(routes);
  server.setNotFoundHandler((request, reply) => {
    if (context.sealed !== null) return refuse(context, reply, context.sealed(isForOperator));
    const methods = methodsOf(request.url.split('?', 1)[0] ?? '');
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    refuse(context, reply, fault(methods.length > 0 ? 'method_not_allowed' : 'not_found'));
  });
  server.setErrorHandler((error: Error, request, reply) => {
    // A caller who went away in the middle of the body made the error, and hears no answer.
    const isCutOff = request.raw.destroyed && !request.raw.complete;
    const why = faultOfError(error) ?? (isCutOff ? fault('malformed_request') : null);
    if (why === null) fail(context, reply, error);
    else refuse(context, reply, why);
  });
}

/** A listener for some of the routes; over TLS where it is given an identity. */
export function buildServer(
  routes: readonly Route[],
  keeper: Doorkeeper,
  context: CallContext,
  tls: ApiTls | null,
): FastifyInstance {
  const server = Fastify(serverOptions(context, tls)) as unknown as FastifyInstance;
  tls?.attach(server.server as unknown as TlsServer);
  server.server.maxConnections = limits.connections;
  server.decorateRequest('credential', null);
  takeJson(server);
  const headers = tls === null ? safeHeaders : tlsHeaders;
  server.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers);
    const why = context.isClosing ? fault('stopping') : refusedWhy(request);
    if (why) refuse(context, reply, why);
    else done();
  });
  for (const route of routes) addRoute(server, route, keeper, context);
  addRefusals(server, routes, context, tls === null);
  return server;
}
