import { hostname } from 'node:os';
import { type AuditLog, Exporter, type ExportTo, FileSink, sinkReports, TlsSink } from './audit/index.ts';
import type { Settings } from './config/index.ts';
import type { AuditOutletsView, AuditOutlets as Shown } from './doors/api/index.ts';
import type { GatewayOptions } from './foundation.ts';
import { stateOf } from './messages/index.ts';
import type { Database } from './store/index.ts';
import { clientTls } from './transport/index.ts';

export interface OutletParts {
  readonly database: Pick<Database, 'engine' | 'connectEngine'>;
  readonly log: AuditLog;
  readonly options: Pick<GatewayOptions, 'settings' | 'version' | 'clock' | 'entropy' | 'log'>;
}

type ExportAddress = Settings['audit']['export'][number];

/** Where the audit log goes from here: to those who collect it. */
export class AuditOutlets implements Shown {
  readonly #parts: OutletParts;
  readonly #exporter: Exporter;

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
      stateName: (number) => stateOf(number) ?? String(number),
      connect: () => database.connectEngine(),
      clock,
      entropy,
      events: options.log,
    });
  }

  start(): void {
    this.#exporter.start();
  }

  close(): Promise<void> {
    return this.#exporter.close();
  }

  async auditOutlets(): Promise<AuditOutletsView> {
    const { database, log, options } = this.#parts;
    const names = options.settings.audit.export.map(({ name }) => name);
    return { sinks: await sinkReports(database.engine, log, names, options.clock.now()) };
  }
}

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
