import type { Alarm, Alarms, AuditLog } from './audit/index.ts';
import { type Clock, MINUTE_MS } from './base/clock.ts';
import type { CarrierRow, Carriers } from './carriers/index.ts';
import type { AuditOutletsView } from './doors/api/index.ts';
import type { Part } from './messages/index.ts';

/** The log beats every 45 s where nothing else is put on record, so that a checkpoint this old means trouble. */
const CHECKPOINT_LATE_MS = MINUTE_MS;
const CARRIER_DOWN_MS = 5 * MINUTE_MS;
/** Entries are exported within 10 s, so that a receiver this far behind does not keep up. */
const BEHIND_SECONDS = 60;
const EXPORT_LATE_MS = 5 * MINUTE_MS;
/** Witnesses are asked every 30 s. */
const WITNESS_LATE_MS = 10 * MINUTE_MS;

export interface WatchParts {
  readonly auditLog: Pick<AuditLog, 'head'>;
  readonly auditOutlets: { auditOutlets(): Promise<AuditOutletsView> };
  readonly carriers: Pick<Carriers<Part>, 'list' | 'linkOf'>;
  readonly alarms: Pick<Alarms, 'raise' | 'endOthers'>;
  readonly clock: Clock;
}

/** Something that is wrong at the moment, and how long it may be before it is an alarm. */
interface Wrong {
  readonly alarm: Alarm;
  readonly on: string;
  readonly mayLastMs: number;
  readonly about: Parameters<Alarms['raise']>[2];
}

/** Looks now and then whether something needs somebody's attention, and whether that is over. */
export class Watch {
  readonly #parts: WatchParts;
  readonly #startedAtMs: number;
  /** What was wrong in the last round, and since when: monotonic milliseconds. */
  readonly #since = new Map<string, Wrong & { readonly sinceMs: number }>();

  constructor(parts: WatchParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.now();
  }

  /** Carriers first: they are known without the store. */
  async round(): Promise<void> {
    this.#heed(['carrier_down'], this.#carriers());
    this.#heed(['checkpoint_late'], await this.#log());
    const view = await this.#parts.auditOutlets.auditOutlets();
    this.#heed(['export_late', 'witness_late', 'not_witnessed'], this.#outlets(view));
    // Who is not asked any more contradicts nobody.
    this.#parts.alarms.endOthers(
      'witness_contradicts',
      view.witnesses.map(({ witness }) => nameOfWitness(witness)),
    );
  }

  /** Raises what is wrong for too long, and ends what is not wrong any more, of these alarms: also what stood before the start. */
  #heed(of: readonly Alarm[], wrongs: readonly Wrong[]): void {
    const { alarms, clock } = this.#parts;
    const now = new Map(wrongs.map((wrong) => [`${wrong.alarm} ${wrong.on}`, wrong]));
    for (const [key, { alarm }] of this.#since) if (of.includes(alarm) && !now.has(key)) this.#since.delete(key);
    for (const alarm of of)
      alarms.endOthers(
        alarm,
        wrongs.filter((wrong) => wrong.alarm === alarm).map(({ on }) => on),
      );
    for (const [key, wrong] of now) {
      const sinceMs = this.#since.get(key)?.sinceMs ?? clock.elapsed();
      this.#since.set(key, { ...wrong, sinceMs });
      if (clock.elapsed() - sinceMs >= wrong.mayLastMs) alarms.raise(wrong.alarm, [wrong.on], wrong.about);
    }
  }

  #carriers(): Wrong[] {
    return this.#parts.carriers.list
      .filter((row) => this.#isDown(row))
      .map(({ id, name }) => ({
        alarm: 'carrier_down',
        on: `carrier:${id}`,
        mayLastMs: CARRIER_DOWN_MS,
        about: { name },
      }));
  }

  #isDown({ id, isEnabled }: CarrierRow): boolean {
    return isEnabled && this.#parts.carriers.linkOf(id)?.isUp !== true;
  }

  async #log(): Promise<Wrong[]> {
    const head = await this.#parts.auditLog.head();
    const lateMs = this.#parts.clock.now() - (head?.atMs ?? this.#startedAtMs);
    return Math.abs(lateMs) > CHECKPOINT_LATE_MS // one of a time to come would keep silence until then
      ? [{ alarm: 'checkpoint_late', on: 'log', mayLastMs: 0, about: { lateMs } }]
      : [];
  }

  #outlets({ sinks, witnesses, witnessed }: AuditOutletsView): Wrong[] {
    const late = sinks.filter(({ trouble, behindSeconds }) => trouble !== null || behindSeconds > BEHIND_SECONDS);
    const absent = witnesses.filter(({ cosignedAtMs }) => this.#isOld(cosignedAtMs));
    const witnessedAtMs = witnessed?.atMs ?? null;
    const isUnwitnessed = witnesses.length > 0 && this.#isOld(witnessedAtMs);
    return [
      ...late.map(({ sink, behindEntries, behindSeconds }) => ({
        alarm: 'export_late' as const,
        on: `receiver:${sink}`,
        mayLastMs: EXPORT_LATE_MS,
        about: { behindEntries, behindSeconds },
      })),
      ...absent.map(({ witness, cosignedAtMs }) => ({
        alarm: 'witness_late' as const,
        on: nameOfWitness(witness),
        mayLastMs: this.#mayLastMs(cosignedAtMs),
        about: {},
      })),
      ...(isUnwitnessed
        ? [{ alarm: 'not_witnessed' as const, on: 'log', mayLastMs: this.#mayLastMs(witnessedAtMs), about: {} }]
        : []),
    ];
  }

  #isOld(atMs: number | null): boolean {
    return this.#parts.clock.now() - (atMs ?? 0) > WITNESS_LATE_MS;
  }

  /** A gateway that was away has its ten minutes too; what stood before goes on meanwhile. */
  #mayLastMs(atMs: number | null): number {
    return this.#isOld(Math.max(atMs ?? 0, this.#startedAtMs)) ? 0 : Number.POSITIVE_INFINITY;
  }
}

const nameOfWitness = (witness: string): string => `witness:${witness}`;
