import type pg from 'pg';
import type { CopyRows } from './rows.ts';

/** Rows bound for one table. */
export interface Load {
  /** `COPY … FROM STDIN BINARY` with its columns. */
  readonly statement: string;
  readonly rows: CopyRows;
}

/**
 * Commits all loads in one transaction and one round trip: a single Query message holds their COPY statements, and the
 * rows follow without waiting to be asked for. Resolves when they are durable. Rejects when none of them is; when the
 * connection was lost, whether they are is not known. After an error the server ignores the rows still on their way.
 */
export function commitLoads(client: pg.Client, loads: readonly Load[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const query = {
    submit(connection: { stream: NodeJS.WritableStream & { cork(): void; uncork(): void } }) {
      const { stream } = connection;
      stream.cork();
      stream.write(queryMessage(loads));
      for (const { rows } of loads) stream.write(rows.finish());
      stream.uncork();
    },
    handleRowDescription() {},
    handleDataRow() {},
    handleCopyInResponse() {},
    handleCommandComplete() {},
    handleReadyForQuery: () => resolve(),
    handleError: (error: Error) => reject(error),
  };
  client.query(query as unknown as pg.Submittable);
  return promise;
}

function queryMessage(loads: readonly Load[]): Buffer {
  const message = Buffer.from(`Q\0\0\0\0${loads.map((load) => load.statement).join(';')}\0`);
  message.writeInt32BE(message.length - 1, 1);
  return message;
}
