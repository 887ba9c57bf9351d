import { SECOND_MS } from '../base/clock.ts';
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

/** What is asked of the store. */
export type SearchedStore = Pick<AuditStore, 'beginningAt' | 'beginOf' | 'groupsWith'>;

/** Entries whose rows are looked through in one query; the database compares, and sends only rows that have the id. */
const STEP_ENTRIES = 65_536;
/** Some seconds of the database's work, and two minutes of the log under full load. */
const SCAN_ENTRIES_MAX = 5_000_000;
/** So much is looked through around each time that something is known to have happened. */
const LATER_ENTRIES = 3_000_000;
/** Times that are looked at beyond the first stretch. */
const LATER_TIMES = 16;
/** The time of a row is that of its first entry, and rows are placed about in the order of their times. */
const DISORDER_MS = 30 * SECOND_MS;

/**
 * What the log has about a message, without an index of messages: an index entry costs as much as the entry itself, for
 * each message, to answer a question that is asked of few. The id says when the message was accepted (UUIDv7), and rows are in
 * the order of time but for `DISORDER_MS`, so the row that time is found by halving, in some 20 queries; from there on the
 * database looks for the octets of the id. What came so much later that it is not reached is looked for at the times of
 * `laterMs`, when the store says that something became of the message.
 */
export async function findMessage(
  store: SearchedStore,
  id: Id,
  size: number,
  laterMs: readonly number[] = [],
): Promise<FoundEntries> {
  const near = await beginAt(store, idTimeMs(id) - DISORDER_MS, size);
  let end = Math.min(size, near + SCAN_ENTRIES_MAX);
  const entries = await scan(store, id, near, end);
  if (entries.length === 0) entries.push(...(await scan(store, id, Math.max(0, near - SCAN_ENTRIES_MAX), near)));
  let hasGap = false;
  for (const timeMs of end === size ? [] : spread(laterMs)) {
    const begin = await beginAt(store, timeMs - DISORDER_MS, size);
    if (begin + LATER_ENTRIES <= end) continue;
    const [from, to] = [Math.max(end, begin), Math.min(size, begin + LATER_ENTRIES)];
    entries.push(...(await scan(store, id, from, to)));
    hasGap ||= from > end;
    end = to;
  }
  return { entries: entries.filter(({ index }) => index < size), isWhole: !hasGap && end === size };
}

/** The latest of times, in order, of which those that are looked through together are one. */
const spread = (timesMs: readonly number[]): number[] =>
  [...new Set(timesMs.map((timeMs) => Math.floor(timeMs / DISORDER_MS) * DISORDER_MS))]
    .toSorted((a, b) => a - b)
    .slice(-LATER_TIMES);

/** An index before which every row is older than `timeMs`, as nearly as rows are in order. */
async function beginAt(store: SearchedStore, timeMs: number, size: number): Promise<number> {
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

async function scan(store: SearchedStore, id: Id, from: number, end: number): Promise<FoundEntry[]> {
  const text = Buffer.from(idText(id));
  const entries: FoundEntry[] = [];
  for (let at = from; at < end; at += STEP_ENTRIES) {
    const groups = await store.groupsWith([id, text], at, Math.min(end, at + STEP_ENTRIES));
    for (const { firstIndex, entries: packed } of groups) {
      for (const [place, bytes] of entriesOf(packed).entries()) {
        if (bytes.includes(id) || bytes.includes(text)) entries.push({ index: firstIndex! + place, bytes });
      }
    }
  }
  return entries;
}
