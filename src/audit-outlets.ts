import { hostname } from 'node:os';
import {
  type Alarms,
  type AuditLog,
  askWitness,
  Exporter,
  type ExportTo,
  FileSink,
  parseVerifierKey,
  sinkReports,
  TlsSink,
  Witnessing,
} from './audit/index.ts';
import { FaultError } from './base/fault.ts';
import type { Settings } from './config/index.ts';
import type { AuditOutletsView, AuditOutlets as Shown } from './doors/api/index.ts';
import type { GatewayOptions } from './foundation.ts';
import { entryName } from './messages/index.ts';
import type { Database } from './store/index.ts';
import { clientTls, explainTlsError } from './transport/index.ts';

export interface OutletParts {
  readonly database: Pick<Database, 'engine' | 'connectEngine'>;
  readonly log: AuditLog;
  readonly alarms: Alarms;
  readonly options: Pick<GatewayOptions, 'settings' | 'version' | 'clock' | 'entropy' | 'log'>;
}

type ExportAddress = Settings['audit']['export'][number];

/** Where the audit log goes from here: to those who collect it, and to those who witness it. */
export class AuditOutlets implements Shown {
  readonly #parts: OutletParts;
  readonly #exporter: Exporter;
  readonly witnessing: Witnessing;

  constructor(parts: OutletParts) {
    const { database, log, options } = parts;
    const { version, clock, entropy } = options;
    const { audit } = options.settings;
    this.#parts = parts;
    this.#exporter = new Exporter({
      log,
      sinks: audit.export.map((address) => exportTo(address, options)),
      source: { origin: log.key.origin, version, hostName: hostname() },
      withMessages: audit.exportMessages === 'all',
      from: audit.exportFrom,
      stateName: entryName,
      connect: () => database.connectEngine(),
      clock,
      entropy,
      events: options.log,
    });
    this.witnessing = witnessingOf(parts);
  }

  start(): void {
    this.#exporter.start();
    this.witnessing.start();
  }

  async close(): Promise<void> {
    await Promise.all([this.#exporter.close(), this.witnessing.close()]);
  }

  async auditOutlets(): Promise<AuditOutletsView> {
    const { database, log, options } = this.#parts;
    const names = options.settings.audit.export.map(({ name }) => name);
    return {
      sinks: await sinkReports(database.engine, log, names, options.clock.now()),
      witnesses: await this.witnessing.states(),
      witnessed: await this.witnessing.witnessed(),
    };
  }
}

function witnessingOf({ database, log, alarms, options }: OutletParts): Witnessing {
  const { settings, clock, entropy } = options;
  const { witnesses, witnessQuorum, witnessCaFile } = settings.audit;
  return new Witnessing({
    log,
    pool: database.engine,
    witnesses: witnesses.map(({ url, key: encoded }) => {
      const key = parseVerifierKey(encoded);
      if (key === null || key.kind === 'ed25519')
        throw new FaultError('invalid_setting', {
          detail: `audit.witnesses: what stands behind ${url} is not the key of a witness.`,
        });
      const tls = () =>
        clientTls({ servername: hostOf(url), ...(witnessCaFile !== null && { caFile: witnessCaFile }) });
      return { key, ask: (body: string) => askWitness({ url, tls, clock }, body) };
    }),
    quorum: witnessQuorum,
    connect: () => database.connectEngine(),
    explain: explainTlsError,
    contradicts: (witness, is) =>
      is
        ? alarms.raise('witness_contradicts', [`witness:${witness}`])
        : alarms.end('witness_contradicts', [`witness:${witness}`]),
    clock,
    entropy,
    events: options.log,
  });
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');

function exportTo({ name, format, to }: ExportAddress, { settings, clock }: OutletParts['options']): ExportTo {
  if (to.transport === 'file') return { name, format, transport: 'file', sink: new FileSink(to.path) };
  const { host, port } = to;
  const { exportCaFile, exportCertFile, exportKeyFile, exportTls } = settings.audit;
  const tls = () =>
    clientTls({
      servername: host,
      allowsTls12: exportTls === 'TLSv1.2',
      ...(exportCaFile !== null && { caFile: exportCaFile }),
      ...(exportCertFile !== null &&
        exportKeyFile !== null && { certificate: { certFile: exportCertFile, keyFile: exportKeyFile } }),
    });
  return { name, format, transport: 'tls', sink: new TlsSink({ host, port, tls, clock }) };
}
