import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { type Credential, sourceOf } from '../../access/index.ts';
import { SECOND_MS } from '../../base/clock.ts';
import { errorText } from '../../base/log.ts';
import type { Notice, SmppTeller, Told } from '../../messages/index.ts';
import { Application } from './application.ts';
import type { SmppDoorDeps } from './deps.ts';
import { PeerLog } from './peer-log.ts';
import { type Place, Places } from './places.ts';
import { Session, type SessionHost } from './session.ts';

export type { SmppDoorDeps, SmppLimits } from './deps.ts';
export { peerFaults } from './peer-faults.ts';

const CLOSE_WITHIN_MS = 5 * SECOND_MS;
const HANDSHAKE_WITHIN_MS = 10 * SECOND_MS;
const TICK_MS = SECOND_MS;
/** What OpenSSL says where the other side does not speak TLS at all. */
const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_HTTP_REQUEST', 'ERR_SSL_PACKET_LENGTH_TOO_LONG']);

/** What sets the certificate of a TLS listener, now and whenever it changes. */
export interface SmppTls {
  readonly options: tls.TlsOptions;
  attach(server: tls.Server, ca?: string): void;
}

/** The SMPP server: listeners, and the sessions of applications. */
export class SmppDoor implements SmppTeller, SessionHost {
  readonly deps: SmppDoorDeps;
  readonly log: PeerLog;
  readonly #places: Places;
  readonly #servers: net.Server[] = [];
  readonly #sessions = new Set<Session>();
  readonly #applications = new Map<number, Application>();
  readonly #receivers = new Map<number, Session[]>();
  #lastId = 0;
  #callOffTick: () => void = () => {};

  constructor(deps: SmppDoorDeps) {
    this.deps = deps;
    this.log = new PeerLog(deps);
    this.#places = new Places(deps.limits);
    deps.access.onBanned((source, durationMs) =>
      this.log.fault('smpp_source_banned', source, { address: source, durationMs }),
    );
    deps.access.onRevoked((credential) => {
      for (const session of this.#sessions) if (session.credential === credential) session.unbind();
    });
  }

  /** SMPP over TLS. Clients are asked for a certificate; a credential says whether it needs one. Returns the port. */
  listenTls(options: { host: string; port: number; tls: SmppTls }): Promise<number> {
    const { clientCa } = this.deps;
    const ca = clientCa === null ? {} : { ca: clientCa };
    const asks = { requestCert: true, rejectUnauthorized: false, handshakeTimeout: HANDSHAKE_WITHIN_MS };
    const handshakes = new Handshakes(tls.createServer({ ...options.tls.options, ...asks, ...ca }), this);
    options.tls.attach(handshakes.server, clientCa ?? undefined);
    return this.#listen((socket, place) => handshakes.begin(socket, place), options);
  }

  /** SMPP without TLS, on the loopback interface and nowhere else. Returns the port. */
  listenPlain(port: number): Promise<number> {
    return this.#listen((socket, place) => this.connected(socket, place), { host: '127.0.0.1', port });
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
    const callOff = this.deps.clock.after(CLOSE_WITHIN_MS, () => {
      for (const session of this.#sessions) session.connection.destroy();
    });
    await Promise.all(closed);
    callOff();
    this.#callOffTick();
  }

  /** A connection that may begin to speak SMPP. */
  connected(socket: net.Socket, place: Place): void {
    this.#sessions.add(new Session(++this.#lastId, socket, place, this));
  }

  /** What the sessions of a credential share: the same object for as long as the process lives. */
  application(credential: Credential): Application {
    const known = this.#applications.get(credential.id);
    if (known) return known;
    const application = new Application(credential);
    this.#applications.set(credential.id, application);
    return application;
  }

  bound(session: Session): void {
    this.#places.bound(session.place);
    session.application!.boundCount++;
    if (!session.canReceive) return;
    const { id } = session.credential!;
    this.#receivers.set(id, [...(this.#receivers.get(id) ?? []), session]);
    this.deps.receiverBound(id);
  }

  closed(session: Session): void {
    this.#sessions.delete(session);
    if (!session.application) return;
    session.application.boundCount--;
    const { id } = session.application.credential;
    const left = (this.#receivers.get(id) ?? []).filter((other) => other !== session);
    if (left.length > 0) this.#receivers.set(id, left);
    else this.#receivers.delete(id);
  }

  async #listen(
    take: (socket: net.Socket, place: Place) => void,
    { host, port }: { host: string; port: number },
  ): Promise<number> {
    const server = net.createServer((socket) => this.#accept(socket, take));
    this.#servers.push(server);
    server.listen({ host, port });
    await once(server, 'listening');
    server.on('error', (error) => this.deps.log.error('smpp_listener_failed', { cause: errorText(error) }));
    if (this.#servers.length === 1) this.#plan();
    return (server.address() as net.AddressInfo).port;
  }

  /** A connection has its place before anything is done for it, a TLS handshake included. */
  #accept(socket: net.Socket, take: (socket: net.Socket, place: Place) => void): void {
    const source = sourceOf(socket.remoteAddress ?? '');
    const place = this.#places.take(source);
    if (typeof place === 'string') {
      this.log.fault(place, source, { address: source });
      socket.destroy();
      return;
    }
    socket.once('close', () => this.#places.giveBack(place));
    take(socket, place);
  }

  #plan(): void {
    this.#callOffTick = this.deps.clock.after(TICK_MS, () => {
      const nowMs = this.deps.clock.elapsed();
      for (const session of this.#sessions) session.tick(nowMs);
      this.log.tick();
      this.#plan();
    });
  }
}

/** The handshakes under way on a TLS listener. The raw connection is taken by another server, which knows its place. */
class Handshakes {
  readonly server: tls.Server;
  readonly #log: PeerLog;
  readonly #places = new Map<string, Place>();

  constructor(server: tls.Server, door: Pick<SmppDoor, 'connected' | 'log'>) {
    this.server = server;
    this.#log = door.log;
    server.on('secureConnection', (socket) => {
      const place = this.#over(peerOf(socket));
      if (place) door.connected(socket, place);
      else socket.destroy();
    });
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const code = NOT_TLS.has(error.code ?? '') ? 'smpp_not_tls' : 'smpp_tls_refused';
      this.#failed(peerOf(socket), code, errorText(error));
      socket.destroy();
    });
  }

  begin(socket: net.Socket, place: Place): void {
    const peer = peerOf(socket);
    this.#places.set(peer, place);
    // Of who is gone the TLS socket tells no address any more: that is told here, where it is known.
    socket.once('close', () => this.#failed(peer, 'smpp_tls_refused', 'the peer left during the handshake'));
    this.server.emit('connection', socket);
  }

  /** The place of a handshake that has come to its end; undefined where it had before. */
  #over(peer: string): Place | undefined {
    const place = this.#places.get(peer);
    this.#places.delete(peer);
    return place;
  }

  #failed(peer: string, code: 'smpp_not_tls' | 'smpp_tls_refused', cause: string): void {
    const address = this.#over(peer)?.source;
    if (address !== undefined) this.#log.fault(code, address, { address, cause });
  }
}

/** Of one listener, an address and a port are one connection. */
const peerOf = (socket: net.Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
