import { join } from 'node:path';
import type { Client } from 'pg';
import { insertGroup } from '../../src/audit/audit-store.ts';
import { MESSAGE_ENTRY_BYTES, writeMessageEntry } from '../../src/audit/entry.ts';
import { ExportStore, type SinkState } from '../../src/audit/export/export-store.ts';
import { Exporter, type ExportTo } from '../../src/audit/export/exporter.ts';
import { FileSink } from '../../src/audit/export/file-sink.ts';
import type { FormatName } from '../../src/audit/export/formats.ts';
import { TlsSink } from '../../src/audit/export/tls-sink.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { Dice } from '../../src/base/dice.ts';
import { stateOf } from '../../src/messages/states.ts';
import { type Database, inTransaction } from '../../src/store/index.ts';
import { type ClientTlsOptions, clientTls } from '../../src/transport/index.ts';
import { type AuditStage, openAudit, someEntry } from './audit-stage.ts';
import { silentLog } from './database.ts';
import type { OwnDatabase } from './hooks.ts';

interface ToTls {
  readonly format: FormatName;
  readonly transport: 'tls';
  readonly host: string;
  readonly port: number;
  readonly tls: ClientTlsOptions;
}

interface ToFile {
  readonly format: FormatName;
  readonly transport: 'file';
  readonly path: string;
}

export interface ExportStageOptions {
  readonly database: Database;
  /** Of the root key and of the last checkpoint. */
  readonly folder: string;
  readonly sinks: readonly (ToTls | ToFile)[];
  readonly withMessages?: boolean;
  readonly from?: 'first' | 'next';
  readonly clock?: Clock;
  readonly connect?: () => Promise<Client>;
}

export interface ExportStage extends AsyncDisposable {
  readonly audit: AuditStage;
  readonly exporter: Exporter;
  /** Puts so many actions on record, and signs. */
  record(count: number): Promise<void>;
  /** The same with ends of messages. */
  recordMessages(count: number): Promise<void>;
  states(): Promise<SinkState[]>;
}

const A_GROUP = 500;
const DELIVERED = 10;

/** An export as a gateway has it, without a gateway. */
export async function openExport(options: ExportStageOptions): Promise<ExportStage> {
  await using taken = new AsyncDisposableStack();
  const { database, folder, clock = systemClock } = options;
  const audit = taken.use(await openAudit({ database, folder }));
  const exporter = new Exporter({
    log: audit.log,
    sinks: options.sinks.map((to) => sinkOf(to, clock)),
    source: { origin: audit.log.key.origin, version: '1.2.3', hostName: 'gateway.example' },
    withMessages: options.withMessages ?? true,
    from: options.from ?? 'first',
    stateName: (number) => stateOf(number) ?? 'other',
    connect: options.connect ?? (() => database.connectEngine()),
    clock,
    entropy: new Dice(1),
    events: silentLog,
  });
  taken.defer(() => exporter.close());
  const owned = taken.move();
  return {
    audit,
    exporter,
    record: async (count) => {
      for (let left = count; left > 0; left -= A_GROUP) {
        const entries = Array.from({ length: Math.min(A_GROUP, left) }, () => someEntry());
        await inTransaction(database.engine, (client) => audit.audit.record(client, ...entries));
      }
      await audit.log.round();
    },
    recordMessages: async (count) => {
      await inTransaction(database.engine, (client) =>
        insertGroup(
          client,
          Array.from({ length: count }, (_, at) => messageEntry(at)),
        ),
      );
      await audit.log.round();
    },
    states: () => new ExportStore(database.engine).states(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export const fileIn = (folder: string, format: FormatName = 'json'): ToFile => ({
  format,
  transport: 'file',
  path: join(folder, `audit.${format}`),
});

function sinkOf(to: ToTls | ToFile, clock: Clock): ExportTo {
  const { format, transport } = to;
  const name = transport === 'file' ? `${format} file:${to.path}` : `${format} tls://${to.host}:${to.port}`;
  const sink =
    transport === 'file' ? new FileSink(to.path) : new TlsSink({ ...to, tls: () => clientTls(to.tls), clock });
  return { name, format, transport, sink };
}

/** The end of a message, unlike any other. */
export function messageEntry(number: number): Buffer {
  const bytes = Buffer.alloc(MESSAGE_ENTRY_BYTES);
  const messageId = Buffer.alloc(16);
  messageId.writeUInt32BE(number, 12);
  const who = { accountId: 3, messageId, credentialId: 4, carrierId: 5, nodeId: 6, code: 0 };
  writeMessageEntry(bytes, 0, { state: DELIVERED, segment: 0, atMs: Date.UTC(2030, 0, 1), ...who });
  return bytes;
}

const indexIn: Readonly<Record<FormatName, RegExp>> = {
  json: /"index":(\d+)/,
  ocsf: /"sequence":(\d+)/,
  cef: /externalId=(\d+)/,
};

/** The index in the log of each line. */
export const indexesOf = (format: FormatName, lines: readonly string[]): number[] =>
  lines.map((line) => Number(indexIn[format].exec(line)?.[1]));

/** The database as before the first export. */
export const emptyExports = ({ owner }: OwnDatabase) =>
  owner.query(
    'TRUNCATE audit_group, audit_tile, audit_checkpoint, audit_key, audit_export CASCADE; DELETE FROM vault.key',
  );
