import type pg from 'pg';
import { must } from '../base/must.ts';
import { copyOut } from './streams.ts';

// https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-BINARY-FORMAT
const SIGNATURE_BYTES = 11;
const HEADER_BYTES = SIGNATURE_BYTES + 4 + 4;
const TRAILER = -1;
const NULL = -1;

/** The octets of the fields of a row; null for one that is NULL. */
export type BinaryRow = readonly (Buffer | null)[];

/** All that a `COPY … TO STDOUT (FORMAT binary)` gives, in memory: it is for results that are bounded. */
export async function readBinaryRows(client: pg.ClientBase, statement: string): Promise<BinaryRow[]> {
  const { blocks } = copyOut(client, statement);
  return rowsOf(Buffer.concat(await Array.fromAsync(blocks)));
}

/** The rows are views into `bytes`. */
export function rowsOf(bytes: Buffer): BinaryRow[] {
  const rows: BinaryRow[] = [];
  let at = HEADER_BYTES + bytes.readInt32BE(SIGNATURE_BYTES + 4);
  for (;;) {
    const count = bytes.readInt16BE(at);
    at += 2;
    if (count === TRAILER) return rows;
    const row: (Buffer | null)[] = [];
    for (let field = 0; field < count; field++) {
      const length = bytes.readInt32BE(at);
      at += 4;
      row.push(length === NULL ? null : bytes.subarray(at, at + length));
      if (length !== NULL) at += length;
    }
    must(at <= bytes.length, 'a row of a COPY is whole');
    rows.push(row);
  }
}
