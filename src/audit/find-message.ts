import { type Id, idText, idTimeMs } from '../base/id.ts';
import type { AuditStore } from './audit-store.ts';
import { entriesOf } from './entries.ts';
import { MESSAGE_ENTRY, NOTICES_ENTRY } from './entry.ts';

export interface FoundEntry {
  readonly index: number;
  readonly bytes: Buffer;
}

export interface FoundEntries {
  readonly entries: readonly FoundEntry[];
  /** Whether the log was looked through to its end; else what was read later than that is not among them. */
  readonly isWhole: boolean;
}

/** Entries whose rows are looked through in one query; the database compares, and sends only rows that have the id. */
const STEP_ENTRIES = 65_536;
/** Some seconds of the database's work, and hours of the log under full load. */
const SCAN_ENTRIES_MAX = 5_000_000;
/** Rows are placed about in the order of their first entries' times: later by as much as a database can be away. */
const DISORDER_MS = 10 * 60_000;

/**
 * What the log has about a message, without an index of messages: an index entry costs as much as the entry itself, for
 * each message, to answer a question that is asked of few. The id says when the message was accepted (UUIDv7), rows are in
 * the order of time but for `DISORDER_MS`, so the row that time is found by halving, in some 20 queries; from there on the
 * database looks for the octets of the id. A time kept with each row would be no better: it is in the row's first entry.
 */
export async function findMessage(store: AuditStore, id: Id, size: number): Promise<FoundEntries> {
  const near = await beginAt(store, idTimeMs(id) - DISORDER_MS, size);
  const found = await scan(store, id, near, size);
  return found.entries.length > 0 || near === 0 ? found : scan(store, id, 0, size);
}

/** An index before which every row is older than `timeMs`, as nearly as rows are in order. */
async function beginAt(store: AuditStore, timeMs: number, size: number): Promise<number> {
  let [older, newer] = [0, size];
  while (newer - older > 1) {
    const middle = Math.floor((older + newer) / 2);
    const atMs = timeOf(await store.beginningAt(middle));
    if (atMs !== null && atMs < timeMs) older = middle;
    else newer = middle;
  }
  return older === 0 ? 0 : store.beginOf(older);
}

const JSON_TIME = /"at":"(?<at>[^"]{1,30})"/;

/** When an entry was made, from its first octets; null where they do not say. */
function timeOf(beginning: Buffer | null): number | null {
  if (beginning === null || beginning.length < 10) return null;
  if (beginning[0] === MESSAGE_ENTRY || beginning[0] === NOTICES_ENTRY) return beginning.readUIntBE(4, 6);
  const atMs = Date.parse(JSON_TIME.exec(beginning.toString('latin1'))?.groups?.at ?? '');
  return Number.isNaN(atMs) ? null : atMs;
}

async function scan(store: AuditStore, id: Id, from: number, size: number): Promise<FoundEntries> {
  const text = Buffer.from(idText(id));
  const entries: FoundEntry[] = [];
  const end = Math.min(size, from + SCAN_ENTRIES_MAX);
  for (let at = from; at < end; at += STEP_ENTRIES) {
    const groups = await store.groupsWith([id, text], at, Math.min(end, at + STEP_ENTRIES));
    for (const { firstIndex, entries: packed } of groups) {
      for (const [place, bytes] of entriesOf(packed).entries()) {
        if (bytes.includes(id) || bytes.includes(text)) entries.push({ index: firstIndex! + place, bytes });
      }
    }
  }
  return { entries: entries.filter(({ index }) => index < size), isWhole: end === size };
}
