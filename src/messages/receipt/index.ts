import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { idText } from '../../base/id.ts';
import { errorText } from '../../base/log.ts';
import type { Answer, CarrierReceipt, ReceiptOutcome } from '../../carriers/index.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import { receiptIdVariants } from '../../wire/smpp/receipt-ids.ts';
import type { RiverContext } from '../context.ts';
import type { Dispatch } from '../dispatch/index.ts';
import type { Message, Part } from '../message.ts';
import type { MessageState } from '../states.ts';
import { DoubtedParts } from './doubted.ts';
import { type Parked, ParkedReceipts } from './parked.ts';
import { RecentMap } from './recent-map.ts';
import type { Unmatched } from './unmatched.ts';

/** How many parts are kept in memory for their receipt, twice: those beyond are found in the store. */
const EXPECTED_MAX = 50_000;
const LOOK_UP_EVERY_MS = SECOND_MS;
const PARKED_FOR_MS = MINUTE_MS;
/** So long a receipt waits for the answer that it may have overtaken, before its id is read as another one, or it is taken for a part in doubt. */
const OVERTAKES_BY_MS = 5 * SECOND_MS;

/** Matches receipts to messages: by memory, by the answer that follows them, by the store, by the handset. */
export class Receipts {
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #unmatched: Unmatched;
  readonly #expected = new RecentMap<Part>(EXPECTED_MAX);
  readonly #doubted = new DoubtedParts();
  readonly #parked = new ParkedReceipts();
  /** Carriers that write ids in their receipts otherwise than in their answers. */
  readonly #withVariants = new Set<number>();
  #looking: Promise<void> | null = null;
  #planned: { readonly isAtOnce: boolean; readonly cancel: () => void } | null = null;
  #isClosed = false;

  constructor(river: RiverContext, dispatch: Dispatch, unmatched: Unmatched) {
    this.#river = river;
    this.#dispatch = dispatch;
    this.#unmatched = unmatched;
  }

  /** The carrier has a part under this reference. */
  expect(carrierId: number, reference: string, part: Part): void {
    const key = keyOf(carrierId, reference);
    this.#remember(key, part);
    if (part.sharesId?.receipt) this.#matchedLike(carrierId, part, part.sharesId.receipt);
    else if (this.#parked.size > 0) this.#matchParked(key, part);
  }

  /** The carrier may have a part, under a reference that was lost with its answer: its receipt can only be told by who got it. */
  expectUnknown(part: Part): void {
    this.#doubted.add(part.message.outlet!.carrierId, part);
  }

  arrived(carrierId: number, receipt: CarrierReceipt, answer: Answer): void {
    const key = keyOf(carrierId, receipt.reference);
    const part = this.#expected.get(key);
    if (part && isAbout(receipt, part)) return this.#matchExpected(key, carrierId, part, receipt, answer);
    if ((part || this.#withVariants.has(carrierId)) && this.#matchVariant(carrierId, receipt, answer)) return;
    if (part) return this.#matchExpected(key, carrierId, part, receipt, answer);
    const parked = { key, carrierId, receipt, answer, sinceMs: this.#river.clock.now() };
    if (this.#isClosed || !this.#parked.add(parked)) return answer(false);
    this.#lookUpIn(0);
  }

  /** Leaves to the carriers what no message was found for: they send it again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#planned?.cancel();
    for (const { answer } of this.#parked.clear()) answer(false);
    await this.#looking;
    await this.#unmatched.close();
  }

  /** Some carriers give all parts of a long message one id, and one receipt. */
  #remember(key: string, part: Part): void {
    if (part.segment > 0) {
      const known = this.#expected.get(key);
      if (known && known !== part && known.message === part.message) part.sharesId = known;
    }
    this.#expected.set(key, part);
  }

  #matchParked(key: string, part: Part): void {
    const parked = this.#parked.take(key);
    if (parked) this.#matchExpected(key, parked.carrierId, part, parked.receipt, parked.answer);
  }

  /**
   * A carrier may write an id otherwise than when it answered: taken where handset and sender are the same too. What was
   * found that way stays known: the same receipt again must not be taken for the next variant.
   */
  #matchVariant(carrierId: number, receipt: CarrierReceipt, answer: Answer): boolean {
    for (const reference of receiptIdVariants(receipt.reference)) {
      const key = keyOf(carrierId, reference);
      const part = this.#expected.get(key);
      if (!part || !isAbout(receipt, part)) continue;
      this.#noteVariants(carrierId);
      this.#matched(carrierId, part, receipt, answer);
      return true;
    }
    return false;
  }

  #noteVariants(carrierId: number): void {
    if (this.#withVariants.has(carrierId)) return;
    this.#withVariants.add(carrierId);
    const carrier = this.#river.outlets.get(carrierId)?.name ?? '';
    this.#river.log.info('receipt_ids_written_otherwise', { carrier });
  }

  #matchExpected(key: string, carrierId: number, part: Part, receipt: CarrierReceipt, answer: Answer): void {
    const isEnd = receipt.outcome !== 'underway' && part.receipt === null;
    // Kept until it is on record: the same receipt again is not looked up in the store before it is there. A part of a long
    // message stays: another part may be given the same id.
    this.#matched(carrierId, part, receipt, (isKept) => {
      if (isEnd && part.segment === 0) this.#expected.delete(key);
      answer(isKept);
    });
  }

  #matched(carrierId: number, part: Part, receipt: CarrierReceipt, answer: Answer): void {
    const { message } = part;
    const isTold = part.receipt !== null || (message.isEnded && message.parts.length <= 1);
    if (receipt.outcome === 'underway' && message.wantsUnderway && !isTold)
      return this.#river.notices.underway(message, receipt.code, answer);
    if (receipt.outcome === 'underway') return answer(true);
    if (isTold) {
      const isContrary = part.receipt !== null && part.receipt !== receipt.outcome;
      return isContrary ? this.#unmatched.add(carrierId, receipt, 'contradicted', answer) : answer(true);
    }
    if (message.parts.length > 1) return this.#matchedPart(carrierId, part, receipt, answer);
    part.receipt = receipt.outcome;
    const about = { carrierId, code: receipt.code, segment: part.segment };
    this.#river.notices.record(message, this.#river.event(message, receipt.outcome, about), () => answer(true));
  }

  /** Its answer came after the receipt that counts for it too. */
  #matchedLike(carrierId: number, part: Part, outcome: ReceiptOutcome): void {
    const receipt = { reference: '', outcome, code: 0, handset: part.to, sender: part.from };
    this.#matchedPart(carrierId, part, receipt, () => {});
  }

  /** The receipt counts for all parts that the carrier knows by the same id. */
  #matchedPart(carrierId: number, part: Part, { outcome, code }: CarrierReceipt, answer: Answer): void {
    const { message } = part;
    const state = outcome as Exclude<ReceiptOutcome, 'underway'>;
    for (let one = part.sharesId; one !== null; one = one.sharesId) {
      if (one.receipt !== null) continue;
      one.receipt = state;
      this.#river.record(this.#river.event(message, state, { carrierId, code, segment: one.segment }), () => {});
    }
    part.receipt = state;
    this.#river.record(this.#river.event(message, state, { carrierId, code, segment: part.segment }), () =>
      this.#partRecorded(message, { carrierId, code }, answer),
    );
  }

  /** A long message is delivered when all of its parts are, and it is not as soon as one of them is not. */
  #partRecorded(message: Message, about: { carrierId: number; code: number }, answer: Answer): void {
    const outcomes = message.parts.map((part) => part.receipt);
    const bad = outcomes.find((outcome) => outcome === 'undelivered' || outcome === 'expired');
    const isWhole = bad !== undefined || outcomes.every((outcome) => outcome === 'delivered');
    if (!isWhole || message.isEnded) return answer(true);
    message.isEnded = true;
    const state = bad === 'expired' ? 'expired' : bad ? 'undelivered' : 'delivered';
    this.#river.notices.record(message, this.#river.event(message, state, about), () => answer(true));
  }

  #lookUpIn(delayMs: number): void {
    if (this.#looking || this.#isClosed || this.#planned?.isAtOnce) return;
    this.#planned?.cancel();
    const cancel = this.#river.clock.after(delayMs, () => {
      this.#planned = null;
      this.#looking = this.#lookUp()
        .catch((error: unknown) => this.#river.log.warn('receipts_unreadable', { cause: errorText(error) }))
        .finally(() => {
          this.#looking = null;
          if (this.#parked.size > 0) this.#lookUpIn(LOOK_UP_EVERY_MS);
        });
    });
    this.#planned = { isAtOnce: delayMs === 0, cancel };
  }

  /** Page after page, as long as there are any that are due: a carrier sends all at once what was kept from it. */
  async #lookUp(): Promise<void> {
    for (;;) {
      const page = this.#parked.nextPage(this.#river.clock.now());
      if (page.length === 0) return;
      try {
        for (const [carrierId, group] of Map.groupBy(page, (parked) => parked.carrierId)) {
          await this.#revive(
            carrierId,
            group.flatMap(({ receipt }) => [receipt.reference, ...receiptIdVariants(receipt.reference)]),
          );
          for (const parked of group) if (this.#parked.has(parked)) this.#lookElsewhere(parked);
        }
      } catch (error) {
        for (const parked of page)
          if (this.#parked.has(parked)) this.#parked.laterAgain(parked, this.#river.clock.now());
        throw error;
      }
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
      const { isEnded, state } = rows[at]!;
      message.isFinished = true;
      message.isEnded = isEnded;
      const known = [...sentParts(message, parts.get(idText(message.id)) ?? [])];
      if (message.parts.length === 1) message.parts[0]!.receipt = outcomeOf(state);
      for (const [part, reference] of known) this.#remember(keyOf(carrierId, reference), part);
      for (const [, reference] of known) {
        const key = keyOf(carrierId, reference);
        this.#matchParked(key, this.#expected.get(key)!);
      }
    }
  }

  #lookElsewhere(parked: Parked): void {
    const { carrierId, receipt, sinceMs } = parked;
    const nowMs = this.#river.clock.now();
    const hasWaited = nowMs - sinceMs >= OVERTAKES_BY_MS;
    const mayVary = this.#withVariants.has(carrierId) || hasWaited;
    if (mayVary && this.#matchVariant(carrierId, receipt, parked.answer)) return void this.#parked.take(parked.key);
    const doubted = hasWaited ? this.#doubted.take(carrierId, receipt, nowMs) : undefined;
    if (!doubted && nowMs - sinceMs < PARKED_FOR_MS) return this.#parked.laterAgain(parked, nowMs);
    this.#parked.take(parked.key);
    if (doubted) this.#matched(carrierId, doubted, receipt, parked.answer);
    else this.#unmatched.add(carrierId, receipt, 'unmatched', parked.answer);
  }
}

/** Whether a receipt names the handset of a part, and its sender where it names one. */
const isAbout = ({ handset, sender }: CarrierReceipt, part: Part): boolean =>
  (handset === part.to || parseNumber(handset) === part.to) &&
  (sender === '' || sender === part.from || (parseNumber(sender) ?? sender) === part.from);

const keyOf = (carrierId: number, reference: string): string => `${carrierId} ${reference}`;

function* sentParts(
  message: Message,
  recorded: readonly { segment: number; reference: string | null }[],
): Generator<readonly [part: Part, reference: string]> {
  for (const { segment, reference } of recorded) {
    const part = message.parts.find((candidate) => candidate.segment === segment);
    if (part && reference !== null) yield [part, reference];
  }
}

/** What a receipt must have said for a message to be in this state; null where it was none. */
const outcomeOf = (state: MessageState): ReceiptOutcome | null =>
  state === 'delivered' || state === 'undelivered' || state === 'expired' ? state : null;
