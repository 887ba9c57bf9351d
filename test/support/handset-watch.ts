import { once } from 'node:events';
import http from 'node:http';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { GatewayProcess } from './gateway-process.ts';

interface Shown {
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** The sandbox handset of a gateway, watched over the control socket. */
export class HandsetWatch implements Disposable {
  readonly #answer: http.IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  private constructor(answer: http.IncomingMessage, lines: Interface) {
    this.#answer = answer;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async open(gateway: GatewayProcess): Promise<HandsetWatch> {
    const request = http.get({ socketPath: join(gateway.dataFolder, 'control.sock'), path: '/v1/handset/stream' });
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    return new HandsetWatch(answer, createInterface({ input: answer }));
  }

  /** Waits for the next message that arrives. */
  async shows(): Promise<Shown> {
    const { value } = await this.#lines.next();
    const { from, to, text } = JSON.parse(value as string) as Shown;
    return { from, to, text };
  }

  [Symbol.dispose](): void {
    this.#answer.destroy();
  }
}
