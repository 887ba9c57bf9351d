import type pg from 'pg';
import type { Audit } from '../audit/index.ts';
import { type Clock, DAY_MS, dayText, timeText } from '../base/clock.ts';
import { type Fault, FaultError, fault } from '../base/fault.ts';
import { type Hold, type HoldScope, holdsStore } from './holds-store.ts';

/** A hold ends by itself within a year: who needs it for longer asks again, and again somebody else approves. */
const HOLD_MAX_MS = 366 * DAY_MS;

export type HoldState = 'asked' | 'in force' | 'expired' | 'ended';

export const holdState = ({ endedAtMs, expiresAtMs, approvedAtMs }: Hold, nowMs: number): HoldState => {
  if (endedAtMs !== null) return 'ended';
  if (expiresAtMs <= nowMs) return 'expired';
  return approvedAtMs === null ? 'asked' : 'in force';
};

export interface HoldsParts {
  readonly pool: pg.Pool;
  readonly audit: Audit;
  readonly clock: Clock;
}

/**
 * Legal holds: what they cover is neither erased nor ended by retention. One asks, another approves; both are names that
 * the caller vouches for, until there are accounts of operators.
 */
export class Holds {
  readonly #parts: HoldsParts;

  constructor(parts: HoldsParts) {
    this.#parts = parts;
  }

  async ask(scope: HoldScope, by: string): Promise<Hold | Fault> {
    const nowMs = this.#parts.clock.now();
    if (scope.toDay < scope.fromDay) return invalid('The last day of a hold is not before its first.', '/toDay');
    if (scope.expiresAtMs <= nowMs || scope.expiresAtMs > nowMs + HOLD_MAX_MS)
      return invalid('A hold expires in the future, and within 366 days.', '/expiresAt');
    return this.#change('hold.asked', by, (client) => holdsStore.ask(client, scope, by, nowMs));
  }

  /** Only somebody else than who asked may, as long as it is asked for. Without `why`, it is on record with the hold's. */
  approve(id: number, by: string, why?: string): Promise<Hold | Fault> {
    const work = async (client: pg.ClientBase) => {
      const hold = await this.#mustBe(client, id, ['asked']);
      if (hold.askedBy === by) throw new FaultError('second_person_needed');
      return holdsStore.approve(client, id, by, this.#parts.clock.now());
    };
    return this.#change('hold.approved', by, work, why);
  }

  /** Ends one before its time. `why` as for `approve`. */
  end(id: number, by: string, why?: string): Promise<Hold | Fault> {
    const work = async (client: pg.ClientBase) => {
      await this.#mustBe(client, id, ['asked', 'in force']);
      return holdsStore.end(client, id, by, this.#parts.clock.now());
    };
    return this.#change('hold.ended', by, work, why);
  }

  list(): Promise<Hold[]> {
    return holdsStore.list(this.#parts.pool);
  }

  async #mustBe(client: pg.ClientBase, id: number, states: readonly HoldState[]): Promise<Hold> {
    const hold = await holdsStore.lock(client, id);
    if (hold === null) throw new FaultError('not_found', { detail: 'There is no hold of that number.' });
    const state = holdState(hold, this.#parts.clock.now());
    if (states.includes(state)) return hold;
    throw new FaultError('hold_not_changeable', { detail: `The hold is ${state}.` });
  }

  async #change(
    what: 'hold.asked' | 'hold.approved' | 'hold.ended',
    by: string,
    work: (client: pg.ClientBase) => Promise<Hold>,
    why?: string,
  ): Promise<Hold | Fault> {
    try {
      return await this.#parts.audit.act(work, (hold) => ({
        atMs: this.#parts.clock.now(),
        what,
        who: `operator:${by}`,
        from: 'control socket',
        on: [`account:${hold.accountId}`, `hold:${hold.id}`],
        why: why ?? hold.why,
        outcome: 'done',
        about: {
          from: dayText(hold.fromDay),
          to: dayText(hold.toDay),
          sender: hold.sender,
          isOfOnePerson: hold.recipientId !== null,
          expires: timeText(hold.expiresAtMs),
        },
      }));
    } catch (error) {
      if (error instanceof FaultError) return error.fault;
      throw error;
    }
  }
}

const invalid = (detail: string, field: string): Fault => fault('invalid_request', { detail, field });
