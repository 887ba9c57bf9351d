import type { Alarms, AuditLog } from './audit/index.ts';
import { type Clock, MINUTE_MS } from './base/clock.ts';
import type { CarrierRow, Carriers } from './carriers/index.ts';
import type { Part } from './messages/index.ts';

/** The log beats every 45 s where nothing else is put on record, so that a checkpoint this old means trouble. */
const CHECKPOINT_LATE_MS = MINUTE_MS;
const CARRIER_DOWN_MS = 5 * MINUTE_MS;

export interface WatchParts {
  readonly auditLog: Pick<AuditLog, 'head'>;
  readonly carriers: Pick<Carriers<Part>, 'list' | 'linkOf'>;
  readonly alarms: Alarms;
  readonly clock: Clock;
}

/** Looks now and then whether something needs somebody's attention. */
export class Watch {
  readonly #parts: WatchParts;
  /** Since when carriers are seen to be down, monotonic milliseconds. */
  readonly #downSinceMs = new Map<number, number>();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  async round(): Promise<void> {
    this.#watchCarriers();
    const { auditLog, alarms, clock } = this.#parts;
    const head = await auditLog.head();
    const lateMs = head === null ? 0 : clock.now() - head.atMs;
    if (lateMs > CHECKPOINT_LATE_MS) alarms.raise('checkpoint_late', ['log'], { lateMs });
  }

  #watchCarriers(): void {
    const { carriers, alarms, clock } = this.#parts;
    const nowMs = clock.elapsed();
    const down = carriers.list.filter((row) => this.#isDown(row));
    for (const id of this.#downSinceMs.keys()) if (!down.some((row) => row.id === id)) this.#downSinceMs.delete(id);
    for (const { id, name } of down) {
      const sinceMs = this.#downSinceMs.get(id) ?? nowMs;
      this.#downSinceMs.set(id, sinceMs);
      if (nowMs - sinceMs >= CARRIER_DOWN_MS) alarms.raise('carrier_down', [`carrier:${id}`], { name });
    }
  }

  #isDown({ id, isEnabled }: CarrierRow): boolean {
    return isEnabled && this.#parts.carriers.linkOf(id)?.isUp !== true;
  }
}
