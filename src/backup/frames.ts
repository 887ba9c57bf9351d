import { createHash } from 'node:crypto';
import { FaultError } from '../base/fault.ts';
import { Portions } from './sealed-stream.ts';
import type { Sequences, SourceTable } from './snapshot-store.ts';

/** What was copied of a table: how many rows, and the SHA-256 of their octets. */
export interface CopiedTable {
  readonly name: string;
  readonly rows: number;
  readonly sha256: string;
}

/** The end of an archive: all that is in it. */
export interface Manifest {
  readonly tables: readonly CopiedTable[];
  readonly sequences: Sequences;
}

/** A table of which rows can be had once, one table after the other. */
export interface Rows {
  readonly blocks: AsyncIterable<Buffer>;
  /** Known when `blocks` has ended. */
  readonly rows: () => number;
}

export interface Source {
  readonly tables: readonly SourceTable[];
  readonly sequences: Sequences;
  copy(table: SourceTable): Rows;
}

/**
 * What is sealed in an archive, before it is compressed: frames of a kind (1 octet), a length (4 octets) and so many
 * octets. A table is a frame that names it, frames of its rows, and a frame with their number and hash.
 */
const kinds = { table: 1, rows: 2, tableEnd: 3, manifest: 4 } as const;
const HEAD_BYTES = 5;
const FRAME_BYTES_MAX = 16 * 1024 * 1024;

function frame(kind: number, payload: Buffer): Buffer[] {
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = kind;
  head.writeUInt32BE(payload.length, 1);
  return [head, payload];
}

const jsonFrame = (kind: number, value: unknown): Buffer[] => frame(kind, Buffer.from(JSON.stringify(value)));

/** Everything a source has, as frames. `told` hears of the manifest. */
export async function* framesOf(source: Source, told: (manifest: Manifest) => void): AsyncGenerator<Buffer> {
  const copied: CopiedTable[] = [];
  for (const table of source.tables) {
    const { name, parent, columns } = table;
    yield* jsonFrame(kinds.table, { name, parent, columns });
    const hash = createHash('sha256');
    const { blocks, rows } = source.copy(table);
    for await (const block of blocks) {
      hash.update(block);
      yield* frame(kinds.rows, block);
    }
    const end = { name, rows: rows(), sha256: hash.digest('hex') };
    copied.push(end);
    yield* jsonFrame(kinds.tableEnd, end);
  }
  const manifest = { tables: copied, sequences: source.sequences };
  yield* jsonFrame(kinds.manifest, manifest);
  told(manifest);
}

/** What is done with a table of an archive: it reads `blocks` to their end, and may say how many rows there were. */
export type TakeTable = (table: SourceTable, blocks: AsyncIterable<Buffer>) => Promise<number | null>;

interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
}

/** Reads frames, hands each table on, and compares what came with what is said of it. Throws `backup_altered`. */
export async function readFrames(source: AsyncIterable<Buffer>, name: string, take: TakeTable): Promise<Manifest> {
  const altered = (why: string) => new FaultError('backup_altered', { detail: `${name} ${why}.` });
  const portions = new Portions(source);
  const next = async (): Promise<Frame> => {
    const head = await portions.take(HEAD_BYTES);
    const size = head.length === HEAD_BYTES ? head.readUInt32BE(1) : FRAME_BYTES_MAX + 1;
    if (size > FRAME_BYTES_MAX) throw altered('holds something that is no frame');
    const payload = await portions.take(size);
    if (payload.length < size) throw altered('ends within a frame');
    return { kind: head[0] ?? 0, payload };
  };
  const copied: CopiedTable[] = [];
  for (;;) {
    const { kind, payload } = await next();
    if (kind === kinds.manifest) {
      const manifest = JSON.parse(payload.toString()) as Manifest;
      if (JSON.stringify(manifest.tables) !== JSON.stringify(copied))
        throw altered('does not hold what it says it holds');
      if ((await portions.take(1)).length > 0) throw altered('goes on behind its end');
      return manifest;
    }
    if (kind !== kinds.table) throw altered('has its frames in a wrong order');
    copied.push(await readTable(JSON.parse(payload.toString()) as SourceTable, next, take, altered));
  }
}

async function readTable(
  table: SourceTable,
  next: () => Promise<Frame>,
  take: TakeTable,
  altered: (why: string) => FaultError,
): Promise<CopiedTable> {
  const hash = createHash('sha256');
  let end: CopiedTable | null = null;
  async function* blocks(): AsyncGenerator<Buffer> {
    for (;;) {
      const { kind, payload } = await next();
      if (kind === kinds.tableEnd) {
        end = JSON.parse(payload.toString()) as CopiedTable;
        if (end.name !== table.name || end.sha256 !== hash.digest('hex'))
          throw altered(`has other rows of ${table.name}`);
        return;
      }
      if (kind !== kinds.rows) throw altered('has its frames in a wrong order');
      hash.update(payload);
      yield payload;
    }
  }
  const rows = await take(table, blocks());
  const said = end as CopiedTable | null;
  if (said === null || (rows !== null && rows !== said.rows))
    throw altered(`has another number of rows of ${table.name}`);
  return said;
}
