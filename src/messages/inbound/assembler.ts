import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { idText } from '../../base/id.ts';
import { errorText } from '../../base/log.ts';
import type { Answer } from '../../carriers/index.ts';
import type { FoundRecipient } from '../../consent/index.ts';
import { storeFault } from '../../store/index.ts';
import { classNumber } from '../classes.ts';
import type { RiverContext } from '../context.ts';
import type { FoundPart, HandsetKey, InboundPartsStore, LockedParts, SetName } from '../inbound-parts-store.ts';
import type { Debt } from '../notify/notices.ts';
import { type Arrival, noticeOfArrival } from './arrival.ts';
import { handsetOf, type Incoming, Keeping } from './keeping.ts';
import type { PartNumber } from './numbered.ts';
import { digestOf, openPart } from './sealed-part.ts';

/** Parts in memory, on their way into the store: beyond them carriers are asked to send again later. */
const WAITING_MAX = 1000;
const AT_ONCE = 100;
/** Parts of one account whose messages are not whole: beyond them its oldest are handed on as they are. */
const ACCOUNT_PARTS_MAX = 20_000;
/**
 * It is looked for accounts with too many when so many parts have come, or after so long: the look reads all parts that are
 * waited for, 50 ms for 100,000 of them. Between two looks an account may have so many parts more on each node.
 */
const LOOK_EVERY_PARTS = 500;
const LOOK_EVERY_MS = 30 * SECOND_MS;
/** What cannot be handed on is tried again after so long. */
export const AGAIN_AFTER_MS = MINUTE_MS;
const DUE_PARTS = 500;
const ROUNDS_MAX = 20;
const CLASS = classNumber('transactional');

type DueSet = SetName & HandsetKey;

/**
 * Parts of long messages from handsets, until they are whole. All of it stands in the store, so that nodes share it and a
 * crash loses nothing: here are the parts alone that no carrier has an answer for yet.
 */
export class Assembler {
  readonly #river: RiverContext;
  readonly #store: InboundPartsStore;
  readonly #waiting: Incoming[] = [];
  #running: Promise<void> | null = null;
  #isClosed = false;
  #partsSinceLook = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(river: RiverContext, store: InboundPartsStore) {
    this.#river = river;
    this.#store = store;
  }

  /** Takes a part, whose carrier is answered when it is kept; false where there is no room for it. */
  take(arrival: Arrival, number: PartNumber, answer: Answer): boolean {
    if (this.#isClosed || this.#waiting.length >= WAITING_MAX) return false;
    this.#waiting.push({ arrival, number, answer });
    this.#running ??= this.#run();
    return true;
  }

  /** Ends what is not waited for any longer: its parts are handed on one by one, as they came. */
  async endDue(): Promise<void> {
    await this.#endBeyond();
    for (let round = 0; round < ROUNDS_MAX && !this.#isClosed; round++) {
      const due = await this.#store.due(this.#river.clock.now(), DUE_PARTS);
      if (due.length === 0) return;
      await this.#handOn(due);
    }
  }

  async #endBeyond(): Promise<void> {
    const { clock } = this.#river;
    const elapsedMs = clock.elapsed();
    if (this.#partsSinceLook < LOOK_EVERY_PARTS && elapsedMs < this.#lookedAtMs + LOOK_EVERY_MS) return;
    this.#partsSinceLook = 0;
    const beyond = await this.#store.endBeyond(clock.now(), ACCOUNT_PARTS_MAX);
    this.#lookedAtMs = elapsedMs;
    if (beyond > 0) this.#river.log.warn('inbound_parts_full', { count: beyond });
  }

  /** Leaves to the carriers what is not kept yet: they send it again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { answer } of this.#waiting.splice(0)) answer(false);
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, AT_ONCE);
      for (const left of await this.#keep(batch)) await this.#keep([left]);
    }
    this.#running = null;
  }

  /** Gives back those to be tried alone: one that the database does not take is not to keep the others out. */
  async #keep(batch: readonly Incoming[]): Promise<readonly Incoming[]> {
    let debts: readonly Debt[] = [];
    try {
      await this.#store.locked(handsetsOf(batch), async (parts) => {
        const found = await this.#found(parts, batch);
        const keeping = new Keeping(this.#river, found, batch);
        debts = keeping.debts;
        await keeping.write(parts);
      });
    } catch (error) {
      for (const debt of debts) debt.drop();
      if (storeFault(error) === null && batch.length > 1) return batch;
      this.#river.log.warn('inbound_refused', { reason: 'not_stored', cause: errorText(error), count: batch.length });
      for (const { answer } of batch) answer(false);
      return [];
    }
    this.#partsSinceLook += batch.length;
    for (const { answer } of batch) answer(true);
    for (const debt of debts) debt.tell();
    return [];
  }

  async #found(parts: LockedParts, batch: readonly Incoming[]): Promise<FoundPart[]> {
    const wanted = batch.map(({ arrival: { recipient, part }, number: { reference } }) => ({
      recipientId: recipient.id,
      sender: part.to,
      reference,
    }));
    const found = await parts.ofHandsets(handsetsOf(batch), this.#river.clock.now(), wanted);
    await this.#river.vault.loadKeysOf(found);
    return found;
  }

  /** One by one where that fails for all of them together: one that cannot be handed on keeps none of the others back. */
  async #handOn(due: readonly DueSet[]): Promise<void> {
    try {
      await this.#handOnTogether(due);
    } catch (error) {
      if (storeFault(error) !== null) throw error;
      for (const set of due) await this.#handOnAlone(set);
    }
  }

  async #handOnAlone(set: DueSet): Promise<void> {
    try {
      await this.#handOnTogether([set]);
    } catch (error) {
      if (storeFault(error) !== null) throw error;
      const about = { account: set.accountId, message: idText(set.messageId) };
      this.#river.log.warn('inbound_not_handed_on', { ...about, cause: errorText(error) });
      await this.#store.locked([set], (parts) => parts.end([set], this.#river.clock.now() + AGAIN_AFTER_MS));
    }
  }

  async #handOnTogether(due: readonly DueSet[]): Promise<void> {
    const debts: Debt[] = [];
    const known = await this.#recipients(due);
    try {
      await this.#store.locked(unique(due), async (parts) => {
        const found = await parts.ofSets(due);
        await this.#river.vault.loadKeysOf(found);
        const left = found.filter(({ isTold }) => !isTold);
        for (const part of left) await this.#handOnPart(parts, part, known.get(part.accountId), debts);
        for (const [message, group] of Map.groupBy(left, ({ messageId }) => idText(messageId))) {
          const account = group[0]!.accountId;
          this.#river.log.info('inbound_incomplete', { account, message, count: group.length });
        }
        await parts.remove(due);
      });
    } catch (error) {
      for (const debt of debts) debt.drop();
      throw error;
    }
    for (const debt of debts) debt.tell();
  }

  /** A part becomes a message of its own: its body is sealed for that already. */
  async #handOnPart(
    parts: LockedParts,
    part: FoundPart,
    known: ReadonlyMap<number, FoundRecipient> | undefined,
    debts: Debt[],
  ): Promise<void> {
    const { vault, clock, nodeId, log, notices } = this.#river;
    const { accountId, credentialId, sender, id, sealedBody } = part;
    const person = known?.get(part.recipientId);
    const content = person && openPart(vault, part, person.recipient);
    if (!content || !sealedBody)
      return log.warn('inbound_part_unreadable', { account: accountId, message: idText(id) });
    const atMs = clock.now();
    const whose = { owner: { accountId, id: credentialId }, handset: person.digits, sender };
    const debt = notices.owe(noticeOfArrival(whose, id, atMs, content), true);
    debts.push(debt);
    const row = { ...part, sealedBody, segments: 1, expiresAtMs: atMs + DAY_MS };
    await parts.message(row, { nodeId, class: CLASS, atMs, digest: digestOf(vault, row) }, debt.rows);
  }

  async #recipients(due: readonly HandsetKey[]): Promise<ReadonlyMap<number, ReadonlyMap<number, FoundRecipient>>> {
    const found = new Map<number, ReadonlyMap<number, FoundRecipient>>();
    for (const [accountId, group] of Map.groupBy(due, (key) => key.accountId)) {
      const ids = [...new Set(group.map(({ recipientId }) => recipientId))];
      found.set(accountId, await this.#river.recipients.find(accountId, ids));
    }
    return found;
  }
}

const unique = (handsets: readonly HandsetKey[]): HandsetKey[] => [
  ...new Map(handsets.map((key) => [`${key.accountId} ${key.recipientId}`, key])).values(),
];

const handsetsOf = (batch: readonly Incoming[]): HandsetKey[] => unique(batch.map(({ arrival }) => handsetOf(arrival)));
