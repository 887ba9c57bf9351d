import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { explainTlsError } from '../../transport/index.ts';
import type { Delivery, Sink } from './sink.ts';

/** For a handshake, for room to write more, and for the receiver to read the rest. */
const PATIENCE_MS = 10 * SECOND_MS;

/** Longer than the way to the receiver and back. */
const PAUSE_MS = SECOND_MS;

export interface TlsAddress {
  readonly host: string;
  readonly port: number;
}

export interface TlsSinkOptions extends TlsAddress {
  /** Asked at every connection, so that a certificate that was replaced is taken up. */
  readonly tls: () => ConnectionOptions;
  readonly clock: Clock;
}

/** The receiver is there and does not do what RFC 5425 asks of it. */
class SessionTrouble extends Error {
  override name = 'SessionTrouble';
}

/**
 * A receiver of syslog over TLS. Syslog has no acknowledgement, and what was written may be lost in the buffers of either
 * machine when the receiver goes down. What there is: a session that we end is ended by the receiver too, once it has read
 * all of it (RFC 5425 §4.4), while one that goes down with something unread resets the connection (RFC 2525 §2.17). So
 * each delivery is a session of its own, and counts when the receiver has ended it too. rsyslog ends it without the
 * close_notify that the RFC asks of it, so that is not waited for.
 */
export class TlsSink implements Sink {
  readonly #options: TlsSinkOptions;

  constructor(options: TlsSinkOptions) {
    this.#options = options;
  }

  async open(): Promise<Delivery> {
    const { host, port, tls, clock } = this.#options;
    const socket = connect({ host, port, ...tls() });
    const session = new Session(socket, clock);
    await session.secured();
    return session;
  }

  explain(error: unknown): string {
    return error instanceof SessionTrouble ? error.message : explainTlsError(error);
  }
}

class Session implements Delivery {
  readonly #socket: TLSSocket;
  readonly #clock: Clock;
  #failed: Error | null = null;
  #isSecured = false;
  #hasEnded = false;
  #wake: () => void = () => undefined;

  constructor(socket: TLSSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    const noted = (note: () => void) => () => {
      note();
      this.#wake();
    };
    socket.on('error', (error) => noted(() => (this.#failed ??= error))());
    socket.on(
      'close',
      noted(() => (this.#failed ??= new SessionTrouble('it broke the connection off'))),
    );
    socket.on(
      'end',
      noted(() => (this.#hasEnded = true)),
    );
    socket.on(
      'secureConnect',
      noted(() => (this.#isSecured = true)),
    );
    socket.on('drain', () => this.#wake());
    socket.resume();
  }

  secured(): Promise<void> {
    return this.#until(() => this.#isSecured, 'it does not answer');
  }

  write(octets: Buffer): Promise<void> {
    if (this.#hasEnded) return Promise.reject(new SessionTrouble('it ended the session in the middle'));
    if (this.#socket.write(octets)) return Promise.resolve();
    return this.#until(() => !this.#socket.writableNeedDrain, 'it has stopped reading');
  }

  /**
   * A receiver that is killed ends its connections too. With a pause before we end it, its end is seen to come first,
   * unless it had everything.
   */
  async finish(): Promise<void> {
    await this.#pause();
    if (this.#hasEnded) throw new SessionTrouble('it ended the session in the middle');
    this.#socket.end();
    await this.#until(
      () => this.#hasEnded,
      'it did not end the session when we did, so it may not have read everything',
    );
    this.cancel();
  }

  async #pause(): Promise<void> {
    let isOver = false;
    const callOff = this.#clock.after(PAUSE_MS, () => {
      isOver = true;
      this.#wake();
    });
    await this.#until(() => isOver || this.#hasEnded, '').finally(callOff);
  }

  cancel(): void {
    this.#socket.destroy();
  }

  async #until(isTrue: () => boolean, orElse: string): Promise<void> {
    const late = this.#clock.after(PATIENCE_MS, () => {
      this.#failed ??= new SessionTrouble(orElse);
      this.#wake();
    });
    try {
      while (!isTrue()) {
        if (this.#failed) throw this.#failed;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } catch (error) {
      this.cancel();
      throw error;
    } finally {
      late();
    }
  }
}
