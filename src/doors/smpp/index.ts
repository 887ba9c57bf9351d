import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { SECOND_MS } from '../../base/clock.ts';
import { errorText } from '../../base/log.ts';
import type { Notice, SmppTeller, Told } from '../../messages/index.ts';
import type { SmppDoorDeps } from './deps.ts';
import { Session } from './session.ts';

export type { SmppAccess, SmppDoorDeps, SmppLimits } from './deps.ts';

const CLOSE_WITHIN_MS = 5 * SECOND_MS;
const HANDSHAKE_WITHIN_MS = 10 * SECOND_MS;

/** What sets the certificate of a TLS listener, now and whenever it changes. */
export interface SmppTls {
  readonly options: tls.TlsOptions;
  attach(server: tls.Server): void;
}

/** The SMPP server: listeners, and the sessions of applications. */
export class SmppDoor implements SmppTeller {
  readonly #deps: SmppDoorDeps;
  readonly #servers: net.Server[] = [];
  readonly #sessions = new Set<Session>();
  readonly #receivers = new Map<number, Session[]>();
  #lastId = 0;

  constructor(deps: SmppDoorDeps) {
    this.#deps = deps;
    deps.access.onRevoked((credential) => {
      for (const session of this.#sessions) if (session.credential === credential) session.unbind();
    });
  }

  /** SMPP over TLS. Returns the port. */
  listenTls(options: { host: string; port: number; tls: SmppTls }): Promise<number> {
    const server = tls.createServer({ ...options.tls.options, handshakeTimeout: HANDSHAKE_WITHIN_MS });
    options.tls.attach(server);
    server.on('secureConnection', (socket) => this.#connected(socket));
    server.on('tlsClientError', (error, socket) => {
      this.#deps.log.info('smpp_tls_refused', { address: socket.remoteAddress ?? '', cause: errorText(error) });
      socket.destroy();
    });
    return this.#listen(server, options.host, options.port);
  }

  /** SMPP without TLS, on the loopback interface and nowhere else. Returns the port. */
  listenPlain(port: number): Promise<number> {
    return this.#listen(
      net.createServer((socket) => this.#connected(socket)),
      '127.0.0.1',
      port,
    );
  }

  /** Of the sessions with room the one whose turn it is. */
  tell(notice: Notice, answered: (told: Told) => void): 'told' | 'full' | 'nobody' {
    const sessions = this.#receivers.get(notice.credentialId);
    const session = sessions?.find((candidate) => candidate.canReceive);
    if (!sessions || !session) return sessions?.some((candidate) => candidate.isReceiver) ? 'full' : 'nobody';
    if (sessions.length > 1) {
      sessions.splice(sessions.indexOf(session), 1);
      sessions.push(session);
    }
    session.tell(notice, answered);
    return 'told';
  }

  receivers(): number[] {
    return [...this.#receivers]
      .filter(([, sessions]) => sessions.some((session) => session.canReceive))
      .map(([id]) => id);
  }

  /** Takes no more connections, unbinds all sessions, and waits until they are gone or cut off. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => once(server, 'close'));
    for (const server of this.#servers) server.close();
    for (const session of this.#sessions) session.unbind();
    const callOff = this.#deps.clock.after(CLOSE_WITHIN_MS, () => {
      for (const session of this.#sessions) session.connection.destroy();
    });
    await Promise.all(closed);
    callOff();
  }

  async #listen(server: net.Server, host: string, port: number): Promise<number> {
    server.maxConnections = this.#deps.limits.maxConnections;
    this.#servers.push(server);
    server.listen({ host, port });
    await once(server, 'listening');
    server.on('error', (error) => this.#deps.log.error('smpp_listener_failed', { cause: errorText(error) }));
    return (server.address() as net.AddressInfo).port;
  }

  #connected(socket: net.Socket): void {
    if (this.#sessions.size >= this.#deps.limits.maxConnections) {
      this.#deps.log.warn('smpp_connections_full', { address: socket.remoteAddress ?? '' });
      socket.destroy();
      return;
    }
    const session = new Session(++this.#lastId, socket, this.#deps, {
      bound: (bound) => this.#bound(bound),
      closed: (closed) => this.#closed(closed),
    });
    this.#sessions.add(session);
  }

  #bound(session: Session): void {
    if (!session.canReceive) return;
    const { id } = session.credential!;
    this.#receivers.set(id, [...(this.#receivers.get(id) ?? []), session]);
    this.#deps.receiverBound(id);
  }

  #closed(session: Session): void {
    this.#sessions.delete(session);
    if (!session.credential) return;
    const left = (this.#receivers.get(session.credential.id) ?? []).filter((other) => other !== session);
    if (left.length > 0) this.#receivers.set(session.credential.id, left);
    else this.#receivers.delete(session.credential.id);
  }
}
