import { once } from 'node:events';
import net from 'node:net';

/** Bytes of one direction, as they came. */
export interface RecordedChunk {
  readonly isFromClient: boolean;
  readonly bytes: Buffer;
}

/** Stands between an SMPP client and its server, hands on every byte as it is, and keeps it for Wireshark's decoder. */
export class TsharkRecorder implements AsyncDisposable {
  readonly connections: RecordedChunk[][] = [];
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(serverPort: number) {
    // Who has said all may still be answered.
    this.#server = net.createServer({ allowHalfOpen: true }, (client) => this.#connected(client, serverPort));
  }

  /** Listens on a port of its own for what is meant for the server's. */
  static async before(serverPort: number): Promise<TsharkRecorder> {
    const recorder = new TsharkRecorder(serverPort);
    await once(recorder.#server.listen(0, '127.0.0.1'), 'listening');
    return recorder;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #connected(client: net.Socket, serverPort: number): void {
    const chunks: RecordedChunk[] = [];
    this.connections.push(chunks);
    const server = net.connect({ port: serverPort, host: '127.0.0.1', allowHalfOpen: true });
    this.#handOn(client, server, (bytes) => chunks.push({ isFromClient: true, bytes }));
    this.#handOn(server, client, (bytes) => chunks.push({ isFromClient: false, bytes }));
  }

  #handOn(from: net.Socket, to: net.Socket, record: (bytes: Buffer) => void): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes: Buffer) => {
      record(bytes);
      to.write(bytes);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy()); // what one side broke off is broken off for the other
    from.on('close', () => {
      to.destroySoon();
      this.#sockets.delete(from);
    });
  }
}
