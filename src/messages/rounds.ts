import { DAY_MS, HOUR_MS, SECOND_MS } from '../base/clock.ts';
import type { Id } from '../base/id.ts';
import { errorText } from '../base/log.ts';
import type { RiverContext } from './context.ts';
import type { Dispatch } from './dispatch/index.ts';
import type { IdempotencyStore } from './idempotency-store.ts';
import type { UnmatchedStore } from './receipt/unmatched-store.ts';
import type { SweepStore } from './sweep-store.ts';
import type { DueRow, WaitingStore } from './waiting-store.ts';
import { SEND } from './write-store.ts';

const SENDS_AT_ONCE = 500;
const CLAIM_SECONDS = 300;
/** After so long it is asked again whether a message whose carrier is down has another way. */
const LOOK_AGAIN_SECONDS = 10;
/** How long a receipt is waited for. Carriers keep trying for up to three days. */
const RECEIPT_WITHIN_MS = 4 * DAY_MS;
const UNKNOWN = 'mark-unknown';

export interface RoundsParts {
  readonly river: RiverContext;
  readonly dispatch: Dispatch;
  readonly waiting: WaitingStore;
  readonly idempotency: IdempotencyStore;
  readonly sweeps: SweepStore;
  readonly unmatched: UnmatchedStore;
}

/** What is done again and again: each is a short question to the store, and a failed round is made up for by the next. */
export class Rounds {
  readonly #parts: RoundsParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  /** A taking of due sends that has not come to its end. */
  #left: { readonly atMs: number; readonly attempts: Map<string, number> } | null = null;

  constructor(parts: RoundsParts) {
    this.#parts = parts;
  }

  start(others: readonly { name: string; everyMs: number; round: () => Promise<unknown> }[]): void {
    this.#every('due_sends', SECOND_MS, () => this.sendDue());
    this.#every('due_doubts', 5 * SECOND_MS, () => this.endDoubts());
    this.#every('backlog', SECOND_MS, () => this.#parts.dispatch.loadAllBacklogs());
    this.#every('failover', SECOND_MS, () => this.#parts.dispatch.movingBacklogs.round());
    this.#every('expired_backlog', 30 * SECOND_MS, () => this.#parts.dispatch.expireBacklogs());
    this.#every('unknown', HOUR_MS, () => this.markUnknown());
    this.#every('receipt_report', HOUR_MS, () => this.#parts.unmatched.forgetOld(this.#parts.river.clock.now()));
    this.#every('idempotency_keys', HOUR_MS, () =>
      this.#parts.idempotency.forgetBefore(this.#parts.river.clock.now() - this.#parts.river.idempotencyMs),
    );
    for (const { name, everyMs, round } of others) this.#every(name, everyMs, round);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the rounds are over'));
    await Promise.all(this.#running);
  }

  /** Takes up messages whose time has come, as far as there is room for them in every lane. */
  async sendDue(): Promise<void> {
    const { river, waiting } = this.#parts;
    const outlets = [...river.outlets.values()];
    if (outlets.some((outlet) => outlet.lanes.some((lane) => lane.room < SENDS_AT_ONCE))) return;
    const up = outlets.filter((outlet) => outlet.isUp).map((outlet) => outlet.carrierId);
    await this.#sendLeft();
    await this.#take((atMs) => waiting.takeSends(up, river.nodeId, SENDS_AT_ONCE, atMs));
    await this.#sendElsewhere(up);
  }

  async #take(take: (atMs: number) => Promise<DueRow[]>): Promise<void> {
    const { river } = this.#parts;
    const left = { atMs: river.clock.now(), attempts: new Map<string, number>() };
    this.#left = left;
    river.takingSinceMs = left.atMs;
    const due = await take(left.atMs);
    for (const row of due) left.attempts.set(row.messageId.toString('hex'), row.attempts);
    await this.#send(keysOf(due), left.attempts);
    this.#left = river.takingSinceMs = null;
  }

  /** What is due of carriers that are down, or were removed, and has another way, takes that. */
  async #sendElsewhere(up: readonly number[]): Promise<void> {
    const { river, waiting, dispatch } = this.#parts;
    if (up.length === river.carrierNames.size || up.length === 0) return;
    const credentials = river.ways.credentialsWith(river.credentialIds());
    if (credentials.length === 0) return;
    const due = await waiting.putOffSends(up, credentials, SENDS_AT_ONCE, LOOK_AGAIN_SECONDS);
    if (due.length === 0) return;
    const attempts = new Map(due.map((row) => [row.messageId.toString('hex'), row.attempts]));
    const rows = await river.store.byIds(keysOf(due));
    const messages = await dispatch.takeUp.open(
      rows.map((row) => ({ ...row, attempts: attempts.get(row.id.toString('hex')) ?? 1 })),
    );
    const movable = messages.filter((message) => river.ways.hasWay(message)).map(({ id }) => id);
    if (movable.length > 0) await this.#take((atMs) => waiting.takeThese(movable, river.nodeId, atMs));
  }

  /** What a round took before the database went away is this node's, and in nobody's hands. */
  async #sendLeft(): Promise<void> {
    if (!this.#left) return;
    const { river, waiting } = this.#parts;
    await this.#send(await waiting.takenAt(river.nodeId, this.#left.atMs), this.#left.attempts);
    this.#left = river.takingSinceMs = null;
  }

  async #send(keys: readonly { accountId: number; id: Id }[], attempts: ReadonlyMap<string, number>): Promise<void> {
    if (keys.length === 0) return;
    const rows = await this.#parts.river.store.byIds(keys);
    await this.#parts.dispatch.takeOver(
      rows.map((row) => ({ ...row, isDoubtful: false, attempts: attempts.get(row.id.toString('hex')) ?? 1 })),
      true,
    );
  }

  /** Ends the doubts that no receipt has resolved in time. */
  async endDoubts(): Promise<void> {
    const { river, dispatch, waiting } = this.#parts;
    const due = await waiting.claim(SEND, SENDS_AT_ONCE, CLAIM_SECONDS);
    if (due.length === 0) return;
    const rows = await river.store.byIds(keysOf(due));
    const messages = await dispatch.takeUp.open(rows);
    for (const [at, message] of messages.entries()) {
      if (rows[at]!.state === 'in_doubt') river.notices.record(message, river.event(message, 'unknown'), () => {});
    }
    await river.settled();
    await waiting.settle(due);
  }

  /** Gives messages that were sent and never receipted their end, an hour of them after the other. */
  async markUnknown(): Promise<void> {
    const { river, sweeps } = this.#parts;
    const untilMs = Math.floor((river.clock.now() - RECEIPT_WITHIN_MS) / HOUR_MS) * HOUR_MS;
    let fromMs = (await sweeps.doneUntilMs(UNKNOWN)) ?? untilMs - DAY_MS;
    for (; fromMs < untilMs; fromMs += HOUR_MS) {
      const count = await river.store.markUnknown(fromMs, fromMs + HOUR_MS, river.nodeId, river.clock.now());
      if (count > 0) river.log.info('messages_unknown', { count });
      await sweeps.setDone(UNKNOWN, fromMs + HOUR_MS);
    }
  }

  #every(name: string, everyMs: number, round: () => Promise<unknown>): void {
    this.#running.push(this.#loop(name, everyMs, round));
  }

  async #loop(name: string, everyMs: number, round: () => Promise<unknown>): Promise<void> {
    const { clock, log } = this.#parts.river;
    while (!this.#stop.signal.aborted) {
      try {
        await round();
      } catch (error) {
        log.warn('round_failed', { reason: name, cause: errorText(error) });
      }
      await clock.sleep(everyMs, this.#stop.signal).catch(() => {});
    }
  }
}

const keysOf = (due: readonly DueRow[]) => due.map(({ accountId, messageId }) => ({ accountId, id: messageId }));
