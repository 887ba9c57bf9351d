import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { FaultError } from '../../base/fault.ts';
import { explainTlsError } from '../../transport/index.ts';

export interface DialOptions {
  readonly host: string;
  readonly port: number;
  /** Null for a plain connection; else asked at every try, so that replaced files are taken up. Throws a FaultError. */
  readonly tls: (() => tls.ConnectionOptions) | null;
  readonly clock: Clock;
  readonly withinMs: number;
}

export interface DialHandler {
  /** Called with the socket after its handshake; it has no listeners of ours left. */
  connected(socket: net.Socket): void;
  /** In words that go on after "cannot connect:". */
  failed(words: string): void;
}

/** Connects, and calls one of the handlers once; the returned function calls it off, after which neither is called. */
export function dial(options: DialOptions, handler: DialHandler): () => void {
  const { clock } = options;
  const socket = connect(options);
  if ('fault' in socket) return clock.after(0, () => handler.failed(socket.message));
  const connectedEvent = options.tls ? 'secureConnect' : 'connect';
  const settle = () => {
    giveUp();
    socket.off('error', onError);
    socket.off(connectedEvent, onConnected);
  };
  const callOff = () => {
    settle();
    socket.on('error', () => {}); // what is cut off in its handshake may still say so
    socket.destroy();
  };
  const fail = (words: string) => {
    callOff();
    handler.failed(words);
  };
  const onError = (error: Error) => fail(explainTlsError(error));
  const onConnected = () => {
    settle();
    handler.connected(socket);
  };
  const giveUp = clock.after(options.withinMs, () => fail('it does not answer'));
  socket.once('error', onError);
  socket.once(connectedEvent, onConnected);
  return callOff;
}

/** A socket on its way, or why the settings of the connection cannot be used now: a certificate file that is gone. */
function connect({ host, port, tls: tlsOptions }: DialOptions): net.Socket | FaultError {
  if (!tlsOptions) return net.connect({ host, port });
  try {
    return tls.connect({ ...tlsOptions(), host, port });
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
}
