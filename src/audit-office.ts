import {
  type Actor,
  type Audit,
  type AuditLog,
  type FoundEntry,
  parseVerifierKey,
  showEntry,
  type Tile,
  type TrustPolicy,
} from './audit/index.ts';
import type { AuditOutlets } from './audit-outlets.ts';
import { type Clock, timeText } from './base/clock.ts';
import { type Fault, fault } from './base/fault.ts';
import { type Id, idText } from './base/id.ts';
import type {
  AuditReading,
  EntriesView,
  FollowedLog,
  PlacedEntry,
  TimelineView,
  VerifiedView,
  VerifyWanted,
} from './doors/api/index.ts';
import { LogReadings } from './log-readings.ts';
import {
  entryName,
  type MessageEvidence,
  type MessageView,
  type OwedNotice,
  states,
  type TimelineEntry,
} from './messages/index.ts';

export interface AuditOfficeParts {
  readonly auditLog: AuditLog;
  readonly audit: Pick<Audit, 'done' | 'noted'>;
  readonly clock: Clock;
  readonly auditOutlets: Pick<AuditOutlets, 'witnessing'>;
  /** Without a record of the reading: that is made here. */
  readonly messages: {
    view(accountId: number, id: Id): Promise<MessageView | null>;
    evidence(accountId: number, id: Id): Promise<MessageEvidence | null>;
  };
}

const PAGE_ENTRIES = 256;

const placed = ({ index, bytes }: FoundEntry): PlacedEntry => showEntry(index, bytes, entryName);

/** How the audit log is read and verified, put together from the modules that do it. */
export class AuditOffice implements AuditReading {
  readonly #parts: AuditOfficeParts;
  readonly #readings: LogReadings;
  #isVerifying = false;

  constructor(parts: AuditOfficeParts) {
    this.#parts = parts;
    this.#readings = new LogReadings(parts);
  }

  get verifier(): string {
    return this.#parts.auditLog.key.verifier;
  }

  async checkpoint(): Promise<string | null> {
    const { auditLog } = this.#parts;
    const head = await auditLog.head();
    return head && auditLog.cosigned(head);
  }

  async witnessedCheckpoint(): Promise<string | null> {
    const { auditLog, auditOutlets } = this.#parts;
    const last = await auditOutlets.witnessing.witnessed();
    const [head] = last === null ? [] : await auditLog.heads(last.size);
    return head ? auditLog.cosigned(head) : null;
  }

  async tile(tile: Tile, by: Actor): Promise<Buffer | Fault | null> {
    const octets = await this.#parts.auditLog.tile(tile);
    if (octets === null || tile.level !== 'entries') return octets; // hashes say nothing
    return (await this.#readings.copies(by)) ?? octets;
  }

  async proofFile(index: number, by: Actor): Promise<string | Fault | null> {
    const proof = await this.#parts.auditLog.proofFile(index);
    return proof && ((await this.#readings.reads(by, 'proof', { from: index, to: index + 1 })) ?? proof);
  }

  async entries(from: number, by: Actor): Promise<EntriesView | Fault> {
    const size = await this.#size();
    const to = Math.min(size, from + PAGE_ENTRIES);
    const why = from < to ? await this.#readings.reads(by, 'entries', { from, to }) : null;
    return why ?? { size, entries: await this.#shown(from, to) };
  }

  async follow(from: number, by: Actor): Promise<FollowedLog | Fault> {
    let next = from;
    const more = async () => {
      const entries = await this.#shown(next, Math.min(await this.#size(), next + PAGE_ENTRIES));
      next += entries.length;
      return entries;
    };
    return (await this.#readings.reads(by, 'follow', { from })) ?? { more };
  }

  async #size(): Promise<number> {
    return (await this.#parts.auditLog.head())?.size ?? 0;
  }

  async #shown(from: number, to: number): Promise<PlacedEntry[]> {
    const entries: PlacedEntry[] = [];
    for await (const found of this.#parts.auditLog.entries(from, to)) entries.push(placed(found));
    return entries;
  }

  async timeline(accountId: number, id: Id, by: Actor): Promise<TimelineView | Fault> {
    const { auditLog, audit, messages } = this.#parts;
    const view = await messages.view(accountId, id);
    const found = await auditLog.ofMessage(
      id,
      view?.timeline.map(({ atMs }) => atMs),
    );
    // Others may have written the id into a reason of theirs.
    const entries = found.entries.map(placed).filter(({ on }) => on.includes(`message:${idText(id)}`));
    const isOthers = view === null && !entries.some(({ on }) => on.includes(`account:${accountId}`));
    if (isOthers) return fault('message_not_found');
    const why = await audit.noted(audit.done(by, 'message.read', [`account:${accountId}`, `message:${idText(id)}`]));
    if (why) return why;
    const evidence = await messages.evidence(accountId, id);
    const owed = evidence?.owed ?? [];
    const all = [...entries, ...(view === null ? [] : unrecorded(view, entries)), ...owed.map(shownOwed)];
    return {
      entries: all.toSorted((a, b) => (a.at ?? '').localeCompare(b.at ?? '')),
      isWhole: found.isWhole,
      text: textOf(entries, evidence),
    };
  }

  async verify(wanted: VerifyWanted, progress: (entries: number) => void, by: Actor): Promise<VerifiedView | Fault> {
    const policy = this.#policyOf(wanted.key);
    if ('code' in policy) return policy;
    if (this.#isVerifying) return fault('throttled', { detail: 'The log is being verified already.' });
    const { checkpoint } = wanted;
    const claims = checkpoint === undefined ? [] : [{ name: 'the checkpoint given', note: checkpoint, beside: null }];
    this.#isVerifying = true;
    try {
      const why = await this.#readings.reads(by, 'verification');
      if (why !== null) return why;
      const { head, checkpoints, flaw } = await this.#parts.auditLog.verify({ policy, claims, progress });
      return { size: head?.size ?? null, checkpoints, flaw };
    } finally {
      this.#isVerifying = false;
    }
  }

  #policyOf(key: string | undefined): TrustPolicy | Fault {
    const own = this.#parts.auditLog.key.policy;
    if (key === undefined) return own;
    const read = parseVerifierKey(key);
    return read === null
      ? fault('invalid_request', { field: '/key', detail: 'It is no key that notes are verified with.' })
      : { ...own, origin: read.name, logKeys: [read] };
  }
}

/** What became of a message that the log does not have, or not yet: that it was handed over, put off, taken up. */
function unrecorded(view: MessageView, entries: readonly PlacedEntry[]): PlacedEntry[] {
  const isThere = ({ state, segment, atMs }: TimelineEntry): boolean =>
    entries.some(
      ({ what, at, about }) =>
        what === `message.${state}` && about?.segment === segment && (state === 'accepted' || at === timeText(atMs)),
    );
  return view.timeline.filter((event) => !states[event.state].onRecord || !isThere(event)).map(shownEvent);
}

/** The text that is stored, against the last one that the log has: as it was accepted, or replaced. */
function textOf(entries: readonly PlacedEntry[], evidence: MessageEvidence | null): TimelineView['text'] {
  const last = entries.findLast(({ about }) => typeof about?.digest === 'string');
  const accepted = last ? String(last.about!.digest) : null;
  const stored = evidence?.digest ?? null;
  if (stored === null) return { is: 'gone', accepted, stored };
  if (accepted === null) return { is: 'not_on_record', accepted, stored };
  return { is: accepted === stored ? 'as_accepted' : 'changed', accepted, stored };
}

/** Among the entries, after what it tells of. */
const shownOwed = ({ by, state, attempts, eventAtMs, dueAtMs }: OwedNotice): PlacedEntry => ({
  index: null,
  at: timeText(eventAtMs),
  what: `message.${state}.owed_by_${by}`,
  who: 'gateway',
  from: null,
  on: [],
  why: null,
  outcome: 'done',
  about: { attempts, next: dueAtMs === null ? 'not by itself' : timeText(dueAtMs) },
});

const shownEvent = ({ state, atMs, segment, carrier, code }: TimelineEntry): PlacedEntry => ({
  index: null,
  at: timeText(atMs),
  what: `message.${state}`,
  who: carrier === null ? 'gateway' : `carrier:${carrier}`,
  from: null,
  on: [],
  why: null,
  outcome: 'done',
  about: { segment, code },
});
