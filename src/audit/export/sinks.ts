import type pg from 'pg';
import type { AuditLog } from '../audit-log.ts';
import { viewEntry } from '../entry-view.ts';
import { ExportStore, type SinkState } from './export-store.ts';

/** A receiver, how far it is, and how far behind. */
export interface SinkReport extends SinkState {
  readonly behindEntries: number;
  /** The age of the oldest entry that it does not have; 0 where it has all. */
  readonly behindSeconds: number;
}

/** How the receivers of these names are, of whatever gateway exports to them. */
export async function sinkReports(
  pool: pg.Pool,
  log: Pick<AuditLog, 'head' | 'entries'>,
  names: readonly string[],
  nowMs: number,
): Promise<SinkReport[]> {
  const size = (await log.head())?.size ?? 0;
  const states = await new ExportStore(pool).states();
  const known = names.map((name) => states.find(({ sink }) => sink === name) ?? unknown(name));
  return Promise.all(known.map((state) => reportOf(state, log, size, nowMs)));
}

const unknown = (sink: string): SinkState => ({
  sink,
  nextIndex: 0,
  deliveredAtMs: null,
  trouble: null,
  troubleAtMs: null,
});

async function reportOf(
  state: SinkState,
  log: Pick<AuditLog, 'entries'>,
  size: number,
  nowMs: number,
): Promise<SinkReport> {
  const { nextIndex } = state;
  const behindEntries = Math.max(0, size - nextIndex);
  if (behindEntries === 0) return { ...state, behindEntries, behindSeconds: 0 };
  const oldest = (await log.entries(nextIndex, nextIndex + 1).next()).value as { bytes: Buffer } | undefined;
  const entry = oldest && viewEntry(nextIndex, oldest.bytes, () => '');
  const behindSeconds = entry ? Math.max(0, Math.round((nowMs - entry.atMs) / 1000)) : 0;
  return { ...state, behindEntries, behindSeconds };
}
