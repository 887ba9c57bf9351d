import { once } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { must } from '../base/must.ts';

/** What is read at a time, and how many of these may be waiting before the server has to. */
const BLOCK_BYTES = 256 * 1024;
const BLOCKS_MAX = 4;

interface Connection {
  readonly stream: Socket;
}

/** Rows of a `COPY … TO STDOUT`, in blocks that do not end with rows. */
class CopyOut {
  readonly #statement: string;
  readonly #blocks: Buffer[] = [];
  #block = Buffer.alloc(BLOCK_BYTES);
  #used = 0;
  #stream: Socket | null = null;
  #wake = Promise.withResolvers<void>();
  #isDone = false;
  #error: Error | null = null;
  rows = 0;

  constructor(statement: string) {
    this.#statement = statement;
  }

  submit(connection: Connection & { query(text: string): void }): void {
    this.#stream = connection.stream;
    connection.query(this.#statement);
  }

  /** The driver's octets are its own after this turn: they are copied. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    for (let at = 0; at < chunk.length; ) {
      const count = chunk.copy(this.#block, this.#used, at);
      at += count;
      this.#used += count;
      if (this.#used === BLOCK_BYTES) this.#push();
    }
    if (this.#blocks.length >= BLOCKS_MAX) this.#stream?.pause();
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rows = rowsOf(text);
    this.#push();
  }

  handleReadyForQuery(): void {
    this.#end(null);
  }

  handleError(error: Error): void {
    this.#end(error);
  }

  handleRowDescription(): void {}

  handleDataRow(): void {}

  async *read(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const block = this.#blocks.shift();
        if (block !== undefined) {
          if (this.#blocks.length === 0) this.#stream?.resume();
          yield block;
        } else if (this.#error !== null) throw this.#error;
        else if (this.#isDone) return;
        else await this.#wake.promise;
      }
    } finally {
      this.#stream?.resume();
    }
  }

  #push(): void {
    this.#blocks.push(this.#block.subarray(0, this.#used));
    this.#block = Buffer.alloc(BLOCK_BYTES);
    this.#used = 0;
    this.#wakeUp();
  }

  #end(error: Error | null): void {
    this.#isDone = true;
    this.#error ??= error;
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}

const rowsOf = (tag: string): number => {
  const rows = Number(/^COPY (\d+)$/.exec(tag)?.[1]);
  must(Number.isSafeInteger(rows), 'a COPY says how many rows it had');
  return rows;
};

/** What a `COPY … TO STDOUT` gives. The server waits for whoever reads it. `rows` is known at the end. */
export function copyOut(
  client: pg.ClientBase,
  statement: string,
): { blocks: AsyncIterable<Buffer>; rows: () => number } {
  const copy = new CopyOut(statement);
  client.query(copy as unknown as pg.Submittable);
  return { blocks: copy.read(), rows: () => copy.rows };
}

/** Feeds a `COPY … FROM STDIN`. Resolves with the number of rows; when `source` fails, none of them is there. */
export function copyIn(client: pg.ClientBase, statement: string, source: AsyncIterable<Buffer>): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const ended = new AbortController();
  let rows = 0;
  let cause: Error | null = null;
  const query = {
    submit: (connection: { query(text: string): void }) => connection.query(statement),
    handleCopyInResponse(connection: Connection) {
      pump(connection.stream, source, ended.signal).catch((error: unknown) => {
        if (ended.signal.aborted) return;
        cause = error as Error;
        connection.stream.write(copyFail());
      });
    },
    handleCommandComplete: ({ text }: { text: string }) => (rows = rowsOf(text)),
    handleReadyForQuery: () => resolve(rows),
    handleError(error: Error) {
      ended.abort();
      reject(cause ?? error);
    },
    handleRowDescription() {},
    handleDataRow() {},
  };
  client.query(query as unknown as pg.Submittable);
  return promise;
}

async function pump(stream: Socket, source: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
  for await (const bytes of source) {
    if (signal.aborted) return;
    const head = Buffer.from('d\0\0\0\0');
    head.writeInt32BE(bytes.length + 4, 1);
    stream.cork();
    stream.write(head);
    const hasRoom = stream.write(bytes);
    stream.uncork();
    if (!hasRoom) await once(stream, 'drain', { signal });
  }
  stream.write(Buffer.from('c\0\0\0\x04', 'latin1'));
}

function copyFail(): Buffer {
  const message = Buffer.from('f\0\0\0\0stopped\0');
  message.writeInt32BE(message.length - 1, 1);
  return message;
}
