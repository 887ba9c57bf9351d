import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { idText } from '../../base/id.ts';
import { errorText } from '../../base/log.ts';
import type { Answer, CarrierReceipt } from '../../carriers/index.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import type { RiverContext } from '../context.ts';
import type { Dispatch } from '../dispatch/index.ts';
import type { Message, Part } from '../message.ts';
import { RecentMap } from './recent-map.ts';

/** How many parts are kept in memory for their receipt, twice: those beyond are found in the store. */
const EXPECTED_MAX = 50_000;
const PARKED_MAX = 10_000;
const LOOK_UP_EVERY_MS = SECOND_MS;
const PARKED_FOR_MS = MINUTE_MS;
const LOOK_UP_AT_ONCE = 500;

/** A receipt whose message is not known yet: it may have come before the answer that names it. */
interface Parked {
  readonly carrierId: number;
  readonly receipt: CarrierReceipt;
  readonly answer: Answer;
  readonly sinceMs: number;
}

/** Matches receipts to messages: by memory, by the answer that follows them, by the store, by the handset. */
export class Receipts {
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #expected = new RecentMap<Part>(EXPECTED_MAX);
  readonly #unknown = new RecentMap<Part>(EXPECTED_MAX);
  readonly #parked = new Map<string, Parked>();
  #isLooking = false;
  #isClosed = false;

  constructor(river: RiverContext, dispatch: Dispatch) {
    this.#river = river;
    this.#dispatch = dispatch;
  }

  /** The carrier has a part under this reference. */
  expect(carrierId: number, reference: string, part: Part): void {
    const key = keyOf(carrierId, reference);
    const early = this.#parked.get(key);
    if (!early) return this.#expected.set(key, part);
    this.#parked.delete(key);
    this.#matched(part, early.receipt, early.answer);
  }

  /** The carrier may have a part, under a reference that was lost with its answer: its receipt can only be told by who got it. */
  expectUnknown(part: Part): void {
    this.#unknown.set(doubtKey(part.message.outlet!.carrierId, part.to, part.from), part);
  }

  arrived(carrierId: number, receipt: CarrierReceipt, answer: Answer): void {
    const key = keyOf(carrierId, receipt.reference);
    const part = this.#expected.get(key);
    if (!part) return this.#park(key, { carrierId, receipt, answer, sinceMs: this.#river.clock.now() });
    const isEnd = receipt.outcome !== 'underway' && part.receipt === null;
    // Kept until it is on record: the same receipt again is not looked up in the store before it is there.
    this.#matched(part, receipt, (isKept) => {
      if (isEnd) this.#expected.delete(key);
      answer(isKept);
    });
  }

  /** Leaves to the carriers what no message was found for: they send it again. */
  close(): void {
    this.#isClosed = true;
    for (const parked of this.#parked.values()) parked.answer(false);
    this.#parked.clear();
  }

  #matched(part: Part, receipt: CarrierReceipt, answer: Answer): void {
    const { message } = part;
    const isTold = part.receipt !== null || (message.isEnded && message.parts.length <= 1);
    if (receipt.outcome === 'underway' && message.wantsUnderway && !isTold)
      return this.#river.notices.underway(message, receipt.code, answer);
    if (receipt.outcome === 'underway' || isTold) return answer(true);
    part.receipt = receipt.outcome;
    const event = this.#river.event(message, receipt.outcome, { code: receipt.code, segment: part.segment });
    if (message.parts.length <= 1) this.#river.notices.record(message, event, () => answer(true));
    else this.#river.record(event, () => this.#partRecorded(message, receipt.code, answer));
  }

  /** A long message is delivered when all of its parts are, and it is not as soon as one of them is not. */
  #partRecorded(message: Message, code: number, answer: Answer): void {
    const outcomes = message.parts.map((part) => part.receipt);
    const bad = outcomes.find((outcome) => outcome === 'undelivered' || outcome === 'expired');
    const isWhole = bad !== undefined || outcomes.every((outcome) => outcome === 'delivered');
    if (!isWhole || message.isEnded) return answer(true);
    message.isEnded = true;
    const state = bad === 'expired' ? 'expired' : bad ? 'undelivered' : 'delivered';
    this.#river.notices.record(message, this.#river.event(message, state, { code }), () => answer(true));
  }

  #park(key: string, parked: Parked): void {
    if (this.#isClosed || this.#parked.size >= PARKED_MAX || this.#parked.has(key)) return parked.answer(false);
    this.#parked.set(key, parked);
    this.#planLookUp(0);
  }

  #planLookUp(delayMs: number): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#river.clock.after(delayMs, () => {
      void this.#lookUp()
        .catch((error: unknown) => this.#river.log.warn('receipts_unreadable', { cause: errorText(error) }))
        .finally(() => {
          this.#isLooking = false;
          if (this.#parked.size > 0) this.#planLookUp(LOOK_UP_EVERY_MS);
        });
    });
  }

  async #lookUp(): Promise<void> {
    const byCarrier = Map.groupBy(
      [...this.#parked.entries()].slice(0, LOOK_UP_AT_ONCE),
      ([, parked]) => parked.carrierId,
    );
    for (const [carrierId, entries] of byCarrier) {
      await this.#revive(
        carrierId,
        entries.map(([, parked]) => parked.receipt.reference),
      );
      for (const [key, parked] of entries) if (this.#parked.has(key)) this.#tryAgain(key, parked);
    }
  }

  /** Brings messages back into memory by their references: what expects a receipt then finds it parked. */
  async #revive(carrierId: number, references: readonly string[]): Promise<void> {
    const keys = await this.#river.store.byReferences(carrierId, references);
    if (keys.length === 0) return;
    const rows = await this.#river.store.byIds(keys);
    const messages = await this.#dispatch.takeUp.open(rows);
    const parts = await this.#river.store.parts(keys);
    for (const [at, message] of messages.entries()) {
      message.isFinished = true;
      message.isEnded = rows[at]!.isEnded;
      for (const { segment, reference } of parts.get(idText(message.id)) ?? []) {
        const part = message.parts.find((candidate) => candidate.segment === segment);
        if (part && reference !== null) this.expect(carrierId, reference, part);
      }
    }
  }

  #tryAgain(key: string, parked: Parked): void {
    const doubted = this.#doubted(parked);
    if (doubted) {
      this.#parked.delete(key);
      return this.#matched(doubted, parked.receipt, parked.answer);
    }
    this.#parked.delete(key);
    // To the end of the line: receipts that nobody knows must not keep those behind them from being looked up.
    if (this.#river.clock.now() - parked.sinceMs < PARKED_FOR_MS) return void this.#parked.set(key, parked);
    this.#river.log.warn('receipt_unmatched', { carrier: this.#river.outlets.get(parked.carrierId)?.name ?? '' });
    parked.answer(true);
  }

  #doubted({ carrierId, receipt }: Parked): Part | undefined {
    const handset = parseNumber(receipt.handset);
    if (handset === null) return undefined;
    const key = doubtKey(carrierId, handset, receipt.sender);
    const part = this.#unknown.get(key);
    if (part && receipt.outcome !== 'underway') this.#unknown.delete(key);
    return part;
  }
}

const keyOf = (carrierId: number, reference: string): string => `${carrierId} ${reference}`;
const doubtKey = (carrierId: number, handset: string, sender: string): string => `${carrierId} ${handset} ${sender}`;
