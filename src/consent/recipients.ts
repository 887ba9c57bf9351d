import { type Fault, FaultError, fault } from '../base/fault.ts';
import { errorText, type Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import { TextMap } from '../base/text-map.ts';
import { BinaryArray, INT8 } from '../store/index.ts';
import { type DestroyedRecipient, HASH_BYTES, type Vault } from '../vault/index.ts';
import type { FindSuppressed, FoundRecipient, Met, Recipient, RecipientsOptions } from './recipient.ts';
import { GenerationCache } from './recipients-cache.ts';
import { keyOf, type Meeting, openRow, openRowOf, questionOf, rowsOf, type Waiter } from './recipients-rows.ts';
import { IDS_PER_BLOCK, RecipientStore } from './recipients-store.ts';

const PER_GENERATION = 65_536;
const WAITING_MAX = 20_000;
const BATCH_MAX = 2000;
const MAKE_ATTEMPTS = 2;
const RETRY_AFTER_MS = 1000;

/**
 * The recipients of all accounts: those used lately in memory, all of them in the store. Who is not in memory is looked
 * up, or made, together with all others that are asked for while the last look-up is under way: no timers.
 */
export class Recipients {
  readonly #vault: Vault;
  readonly #log: Log;
  readonly #store: RecipientStore;
  readonly #suppressed: FindSuppressed;
  readonly #waitingMax: number;
  readonly #cache: GenerationCache<Recipient>;
  /** By hash, from the question to the answer, so that nobody is made twice. */
  readonly #meetings = new TextMap<Meeting>();
  readonly #hash = Buffer.alloc(HASH_BYTES);
  #gathering: Meeting[] = [];
  /** Who was forgotten since the batch under way began. */
  #forgottenMeanwhile: ((recipient: Recipient) => boolean)[] = [];
  #waiting = 0;
  #running: Promise<void> | null = null;
  #isClosed = false;
  #nextId = 0;
  #idsLeft = 0;

  constructor(options: RecipientsOptions) {
    const { pool, vault, log, suppressed, perGeneration = PER_GENERATION, waitingMax = WAITING_MAX } = options;
    this.#vault = vault;
    this.#log = log;
    this.#store = new RecipientStore(pool);
    this.#suppressed = suppressed;
    this.#waitingMax = waitingMax;
    // A copy of the key, so that the slabs of the older generation can go with it.
    this.#cache = new GenerationCache(perGeneration, (recipient) => vault.copyRecipientKey(recipient));
  }

  /** From memory alone: about 1 µs. `digits` is an E.164 number without '+'. */
  known(accountId: number, digits: string): Recipient | null {
    return this.#cached(this.#vault.hashNumber(accountId, digits)) ?? null;
  }

  /**
   * Finds the recipient or makes it. `then` is called once: at once where the answer is in memory or there is no room
   * (`throttled`), else when its batch is done (`store_unavailable`, `store_full`, `seal_broken`, `stopping`).
   */
  meet(accountId: number, digits: string, then: Met, hasWritten = false): void {
    const hash = this.#vault.hashNumber(accountId, digits);
    const known = this.#cached(hash);
    if (known !== undefined) then(known);
    else if (this.#isClosed) then(fault('stopping'));
    else if (this.#waiting >= this.#waitingMax) then(fault('throttled', { retryAfterMs: RETRY_AFTER_MS }));
    else this.#await({ accountId, digits, key: keyOf(hash), waiting: [] }, { tell: then, hasWritten });
  }

  /**
   * The recipients of messages that were read back, with their numbers. Who is not in the answer does not exist, its key
   * is destroyed, or its row was altered, of which the log tells. Throws `store_unavailable`.
   */
  async find(accountId: number, ids: readonly number[]): Promise<Map<number, FoundRecipient>> {
    const found = new Map<number, FoundRecipient>();
    const foreign = await this.#findKnown(accountId, ids, found);
    if (foreign.length === 0) return found;
    await this.#vault.refresh();
    const unusable = await this.#findKnown(accountId, foreign, found);
    if (unusable.length > 0) this.#log.error('recipients_without_key', { account: accountId, count: unusable.length });
    return found;
  }

  /**
   * The recipient, where there is one; never makes one. Throws `store_unavailable`, and `seal_broken` where its row was
   * altered.
   */
  async lookUp(accountId: number, digits: string): Promise<Recipient | null> {
    const hash = this.#vault.hashNumber(accountId, digits);
    const known = this.#cached(hash);
    if (known !== undefined) return known;
    const meeting: Meeting = { accountId, digits, key: keyOf(hash), waiting: [] };
    const answers = new Map<Meeting, Recipient | Fault>();
    await this.#recall([meeting], answers);
    const answer = answers.get(meeting) ?? null;
    if (answer !== null && 'code' in answer) throw new FaultError(answer.code);
    return answer;
  }

  /**
   * Wipes the keys of people whose key was destroyed, whoever holds them. Who is being met meanwhile is met again, by
   * whoever asks again.
   */
  forget(destroyed: readonly DestroyedRecipient[]): void {
    const names = new Set(destroyed.map(nameOf));
    const isMeant = (recipient: Recipient): boolean => names.has(nameOf(recipient));
    if (this.#running !== null) this.#forgottenMeanwhile.push(isMeant);
    for (const recipient of this.#cache.values()) if (isMeant(recipient)) this.#vault.forget(recipient);
  }

  /** Finds those whose key is wrapped under a key that is known here. Returns the others that exist. */
  async #findKnown(accountId: number, ids: readonly number[], found: Map<number, FoundRecipient>): Promise<number[]> {
    const asked = new BinaryArray(INT8, ids.length, 8);
    for (const id of ids) asked.int8(id);
    const foreign: number[] = [];
    for (const row of await this.#store.read(accountId, asked)) {
      const opened = this.#opened(accountId, () => openRow(this.#vault, accountId, row));
      if (opened === null) foreign.push(row.id);
      else if (!('code' in opened)) found.set(row.id, opened);
    }
    return foreign;
  }

  /** Waits for the batch under way, then gives its connection back. Who is not in that batch is answered `stopping`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const meeting of this.#gathering.splice(0)) this.#settle(meeting, fault('stopping'));
    await this.#running;
    await this.#store.close();
    this.#cache.clear();
  }

  #await(asked: Meeting, waiter: Waiter): void {
    const meeting = this.#meetings.get(asked.key) ?? asked;
    meeting.waiting.push(waiter);
    this.#waiting++;
    if (meeting !== asked) return;
    this.#meetings.set(asked.key, asked);
    this.#gathering.push(asked);
    this.#running ??= this.#run();
  }

  /** The first batch leaves when this turn of the event loop has brought all it brings. */
  async #run(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#gathering.length > 0) {
      // In one order for every gateway: two that make the same people never wait for each other in a circle.
      const batch = this.#gathering.splice(0, BATCH_MAX).toSorted(byAccountAndKey);
      this.#forgottenMeanwhile = [];
      const suppressed = new Set<Meeting>();
      const answers = await this.#answer(batch, suppressed);
      this.#dropForgotten(answers);
      for (const meeting of batch)
        this.#settle(meeting, answers.get(meeting) ?? fault('internal'), suppressed.has(meeting));
    }
    this.#running = null;
  }

  /** A row may have been read before its key was destroyed, and be answered after that was told. */
  #dropForgotten(answers: Map<Meeting, Recipient | Fault>): void {
    if (this.#forgottenMeanwhile.length === 0) return;
    for (const [meeting, answer] of answers) {
      if ('code' in answer || !this.#forgottenMeanwhile.some((isMeant) => isMeant(answer))) continue;
      this.#vault.forget(answer);
      answers.set(meeting, fault('throttled', { retryAfterMs: RETRY_AFTER_MS }));
    }
  }

  #cached(hash: Buffer): Recipient | undefined {
    const known = this.#cache.get(hash);
    return known === undefined || this.#vault.isForgotten(known) ? undefined : known;
  }

  /** Who is suppressed is not kept in memory, so that every send to that number comes by here. */
  #settle(meeting: Meeting, answer: Recipient | Fault, isSuppressed = false): void {
    if (!isSuppressed && !('code' in answer)) {
      this.#hash.latin1Write(meeting.key, 0);
      this.#cache.set(this.#hash, answer);
    }
    this.#meetings.delete(meeting.key);
    this.#waiting -= meeting.waiting.length;
    for (const { tell, hasWritten } of meeting.waiting)
      tell(isSuppressed && !hasWritten && !('code' in answer) ? fault('recipient_suppressed') : answer);
  }

  /** What becomes of each meeting. Nothing is kept of what the store did not confirm. */
  async #answer(batch: readonly Meeting[], suppressed: Set<Meeting>): Promise<Map<Meeting, Recipient | Fault>> {
    const answers = new Map<Meeting, Recipient | Fault>();
    try {
      await this.#recall(batch, answers);
      await this.#findSuppressed(batch, suppressed);
      for (const meeting of suppressed)
        if (!answers.has(meeting) && !meeting.waiting.some(({ hasWritten }) => hasWritten))
          answers.set(meeting, fault('recipient_suppressed'));
      const strangers = batch.filter((meeting) => !answers.has(meeting));
      if (strangers.length > 0) await this.#make(strangers, answers);
      // Somebody who was being erased while we made the row is made, and not sent to.
      if (strangers.length > 0) await this.#findSuppressed(strangers, suppressed);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      this.#log.warn('recipients_not_met', { cause: errorText(error.cause), count: batch.length });
      for (const meeting of batch) if (!answers.has(meeting)) answers.set(meeting, error.fault);
    }
    return answers;
  }

  async #findSuppressed(batch: readonly Meeting[], suppressed: Set<Meeting>): Promise<void> {
    const { accountIds, hashes } = questionOf(batch);
    for (const position of await this.#suppressed(accountIds, hashes)) suppressed.add(batch[position - 1]!);
  }

  /**
   * Answers those who exist. Where the account's key was rotated elsewhere meanwhile, the new one is learned and the row
   * read again: by then it is wrapped under a key that is known, whichever way the rotation has gone on.
   */
  async #recall(batch: readonly Meeting[], answers: Map<Meeting, Recipient | Fault>): Promise<void> {
    const foreign = await this.#recallKnown(batch, answers);
    if (foreign.length === 0) return;
    await this.#vault.refresh();
    for (const meeting of await this.#recallKnown(foreign, answers)) answers.set(meeting, fault('key_unusable'));
  }

  /** Answers those whose key is wrapped under a key that is known here. Returns the others that exist. */
  async #recallKnown(batch: readonly Meeting[], answers: Map<Meeting, Recipient | Fault>): Promise<Meeting[]> {
    const { accountIds, hashes } = questionOf(batch);
    const foreign: Meeting[] = [];
    for (const row of await this.#store.find(accountIds, hashes)) {
      const meeting = batch[row.position - 1]!;
      const answer = this.#opened(meeting.accountId, () => openRowOf(this.#vault, meeting, row));
      if (answer === null) foreign.push(meeting);
      else answers.set(meeting, answer);
    }
    return foreign;
  }

  /** One row that does not open is the trouble of its recipient, not of the batch. */
  #opened<Value>(accountId: number, open: () => Value): Value | Fault {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      this.#log.error('recipient_not_opened', { account: accountId, fault: error.fault.code });
      return error.fault;
    }
  }

  /**
   * Makes those who do not exist, and reads again who was made elsewhere meanwhile. Nobody is made under an account key
   * that was rotated meanwhile: then once more under the one that took its place.
   */
  async #make(strangers: readonly Meeting[], answers: Map<Meeting, Recipient | Fault>): Promise<void> {
    let rest = strangers;
    for (let attempt = 1; attempt <= MAKE_ATTEMPTS && rest.length > 0; attempt++) {
      if (attempt > 1) await this.#vault.refresh();
      const made = await this.#drawKeys(rest);
      const count = await this.#store.insert(rowsOf(this.#vault, rest, made));
      if (count === rest.length) {
        for (const [i, meeting] of rest.entries()) answers.set(meeting, made[i]!);
        return;
      }
      await this.#recall(rest, answers);
      rest = rest.filter((meeting) => !answers.has(meeting));
    }
    if (rest.length > 0) this.#log.error('recipients_without_key', { count: rest.length });
  }

  async #drawKeys(strangers: readonly Meeting[]): Promise<Recipient[]> {
    const keys: Recipient[] = [];
    for (const { accountId } of strangers) {
      if (this.#idsLeft === 0) await this.#takeBlock();
      keys.push(this.#vault.newRecipientKey(accountId, this.#nextId++));
      this.#idsLeft--;
    }
    return keys;
  }

  async #takeBlock(): Promise<void> {
    const first = await this.#store.takeBlock();
    must(Number.isSafeInteger(first + IDS_PER_BLOCK), 'recipient ids are safe integers');
    this.#nextId = first;
    this.#idsLeft = IDS_PER_BLOCK;
  }
}

const nameOf = ({ accountId, id }: DestroyedRecipient): string => `${accountId} ${id}`;

const byAccountAndKey = (a: Meeting, b: Meeting): number => a.accountId - b.accountId || (a.key < b.key ? -1 : 1);
