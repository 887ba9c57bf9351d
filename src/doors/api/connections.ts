import type { ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';

/** Node's own marks: the answer underway on a socket, and, of a TLS socket, the socket beneath it. */
export type NodeSocket = Socket & { readonly _httpMessage?: ServerResponse | null; readonly _parent?: Socket };

/** Whether a request has begun to arrive on a connection and is not yet answered. */
const isAtWork = (socket: NodeSocket): boolean => Boolean(socket._httpMessage);

/** Whether what is written on the socket now would be taken for the answer to the request that is arriving on it. */
export function canAnswerArrival(socket: NodeSocket): boolean {
  const answer = socket._httpMessage;
  // A request that is complete waits for its own answer: these bytes belong to one after it.
  return socket.writable && (!answer || (!answer.req.complete && !answer.headersSent));
}

/** The connections of a listener, so that those without a request need not be waited for when it closes. */
export class Connections {
  readonly #open = new Set<NodeSocket>();
  #isClosing = false;

  constructor(server: Server, isTls: boolean) {
    server.on(isTls ? 'secureConnection' : 'connection', (socket: NodeSocket) => {
      // Its handshake began before the listener closed.
      if (this.#isClosing) socket.destroy();
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
    });
  }

  /** Ends those on which no request waits for its answer: Node would wait for one that has not made a request yet. */
  close(): void {
    this.#isClosing = true;
    for (const socket of this.#open) if (!isAtWork(socket)) socket.destroy();
  }
}
