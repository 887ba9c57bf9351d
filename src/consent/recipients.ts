import type pg from 'pg';
import { type Fault, FaultError, fault } from '../base/fault.ts';
import { errorText, type Log } from '../base/log.ts';
import { must } from '../base/must.ts';
import { HASH_BYTES, type RecipientKey, SEALED_NUMBER_BYTES, type Vault, WRAPPED_KEY_BYTES } from '../vault/index.ts';
import { BinaryArray, BYTEA, INT4, INT8 } from './recipients-binary.ts';
import { GenerationCache } from './recipients-cache.ts';
import { IDS_PER_BLOCK, type NewRecipients, type ReadRow, RecipientStore } from './recipients-store.ts';

/** One person of one account. It holds the person's key for as long as it is referred to, and never another's. */
export type Recipient = RecipientKey;

/** A recipient that was read back by its id. */
export interface FoundRecipient {
  readonly recipient: Recipient;
  readonly digits: string;
}

/** Hears of the recipient, or of why there is none. */
export type Met = (answer: Recipient | Fault) => void;

export interface RecipientsOptions {
  /** Connections of the role `sallyport_engine`; one is kept. */
  readonly pool: pg.Pool;
  readonly vault: Vault;
  readonly log: Log;
  /** How many recipients a generation of the memory holds; there are two. */
  readonly perGeneration?: number;
  /** How many may wait to be met; one more is answered `throttled`. */
  readonly waitingMax?: number;
}

const PER_GENERATION = 65_536;
const WAITING_MAX = 20_000;
const BATCH_MAX = 2000;
const RETRY_AFTER_MS = 1000;

/** A number somebody waits for. `key` is its hash as text, one character an octet. */
interface Meeting {
  readonly accountId: number;
  readonly digits: string;
  readonly key: string;
  readonly waiting: Met[];
}

/**
 * The recipients of all accounts: those used lately in memory, all of them in the store. Who is not in memory is looked
 * up, or made, together with all others that are asked for while the last look-up is under way: no timers.
 */
export class Recipients {
  readonly #vault: Vault;
  readonly #log: Log;
  readonly #store: RecipientStore;
  readonly #waitingMax: number;
  readonly #cache: GenerationCache<Recipient>;
  /** By hash, from the question to the answer, so that nobody is made twice. */
  readonly #meetings = new Map<string, Meeting>();
  readonly #hash = Buffer.alloc(HASH_BYTES);
  #gathering: Meeting[] = [];
  #waiting = 0;
  #running: Promise<void> | null = null;
  #isClosed = false;
  #nextId = 0;
  #idsLeft = 0;

  constructor(options: RecipientsOptions) {
    const { pool, vault, log, perGeneration = PER_GENERATION, waitingMax = WAITING_MAX } = options;
    this.#vault = vault;
    this.#log = log;
    this.#store = new RecipientStore(pool);
    this.#waitingMax = waitingMax;
    // A copy of the key, so that the slabs of the older generation can go with it.
    this.#cache = new GenerationCache(perGeneration, (recipient) => vault.copyRecipientKey(recipient));
  }

  /** From memory alone: about 1 µs. `digits` is an E.164 number without '+'. */
  known(accountId: number, digits: string): Recipient | null {
    return this.#cache.get(this.#vault.hashNumber(accountId, digits)) ?? null;
  }

  /**
   * Finds the recipient or makes it. `then` is called once: at once where the answer is in memory or there is no room
   * (`throttled`), else when its batch is done (`store_unavailable`, `store_full`, `seal_broken`, `stopping`).
   */
  meet(accountId: number, digits: string, then: Met): void {
    const hash = this.#vault.hashNumber(accountId, digits);
    const known = this.#cache.get(hash);
    if (known !== undefined) then(known);
    else if (this.#isClosed) then(fault('stopping'));
    else if (this.#waiting >= this.#waitingMax) then(fault('throttled', { retryAfterMs: RETRY_AFTER_MS }));
    else this.#await({ accountId, digits, key: keyOf(hash), waiting: [] }, then);
  }

  /**
   * The recipients of messages that were read back, with their numbers. Who is not in the answer does not exist, its key
   * is destroyed, or its row was altered, of which the log tells. Throws `store_unavailable`.
   */
  async find(accountId: number, ids: readonly number[]): Promise<Map<number, FoundRecipient>> {
    const asked = new BinaryArray(INT8, ids.length, 8);
    for (const id of ids) asked.int8(id);
    const found = new Map<number, FoundRecipient>();
    for (const row of await this.#store.read(accountId, asked)) {
      const opened = this.#opened(accountId, () => this.#open(accountId, row));
      if (!('code' in opened)) found.set(row.id, opened);
    }
    return found;
  }

  /**
   * The recipient, where there is one; never makes one. Throws `store_unavailable`, and `seal_broken` where its row was
   * altered.
   */
  async lookUp(accountId: number, digits: string): Promise<Recipient | null> {
    const hash = this.#vault.hashNumber(accountId, digits);
    const known = this.#cache.get(hash);
    if (known !== undefined) return known;
    const meeting: Meeting = { accountId, digits, key: keyOf(hash), waiting: [] };
    const answers = new Map<Meeting, Recipient | Fault>();
    await this.#recall([meeting], answers);
    const answer = answers.get(meeting) ?? null;
    if (answer !== null && 'code' in answer) throw new FaultError(answer.code);
    return answer;
  }

  /** Waits for the batch under way, then gives its connection back. Who is not in that batch is answered `stopping`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const meeting of this.#gathering.splice(0)) this.#settle(meeting, fault('stopping'));
    await this.#running;
    await this.#store.close();
    this.#cache.clear();
  }

  #await(asked: Meeting, then: Met): void {
    const meeting = this.#meetings.get(asked.key) ?? asked;
    meeting.waiting.push(then);
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
      const answers = await this.#answer(batch);
      for (const meeting of batch) this.#settle(meeting, answers.get(meeting) ?? fault('internal'));
    }
    this.#running = null;
  }

  #settle(meeting: Meeting, answer: Recipient | Fault): void {
    if (!('code' in answer)) {
      this.#hash.latin1Write(meeting.key, 0);
      this.#cache.set(this.#hash, answer);
    }
    this.#meetings.delete(meeting.key);
    this.#waiting -= meeting.waiting.length;
    for (const then of meeting.waiting) then(answer);
  }

  /** What becomes of each meeting. Nothing is kept of what the store did not confirm. */
  async #answer(batch: readonly Meeting[]): Promise<Map<Meeting, Recipient | Fault>> {
    const answers = new Map<Meeting, Recipient | Fault>();
    try {
      await this.#recall(batch, answers);
      const strangers = batch.filter((meeting) => !answers.has(meeting));
      if (strangers.length > 0) await this.#make(strangers, answers);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      this.#log.warn('recipients_not_met', { cause: errorText(error.cause), count: batch.length });
      for (const meeting of batch) if (!answers.has(meeting)) answers.set(meeting, error.fault);
    }
    return answers;
  }

  /** Answers those who exist. */
  async #recall(batch: readonly Meeting[], answers: Map<Meeting, Recipient | Fault>): Promise<void> {
    const { accountIds, hashes } = questionOf(batch);
    for (const { position, id, wrapped } of await this.#store.find(accountIds, hashes)) {
      const meeting = batch[position - 1]!;
      answers.set(
        meeting,
        this.#opened(meeting.accountId, () => this.#unwrap(meeting.accountId, id, wrapped)),
      );
    }
  }

  #unwrap(accountId: number, id: number, wrapped: Buffer): Recipient {
    const recipient = this.#vault.unwrapRecipientKey(accountId, id, wrapped);
    if (recipient === null) throw new FaultError('key_unusable');
    return recipient;
  }

  #open(accountId: number, { id, wrapped, sealedNumber }: ReadRow): FoundRecipient {
    const recipient = this.#unwrap(accountId, id, wrapped);
    const digits = this.#vault.openNumber(sealedNumber, recipient);
    if (digits === null) throw new FaultError('key_unusable');
    return { recipient, digits };
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

  /** Makes those who do not exist, and reads again who was made elsewhere meanwhile. */
  async #make(strangers: readonly Meeting[], answers: Map<Meeting, Recipient | Fault>): Promise<void> {
    const made = await this.#drawKeys(strangers);
    const count = await this.#store.insert(this.#rowsOf(strangers, made));
    if (count === strangers.length) {
      for (const [i, meeting] of strangers.entries()) answers.set(meeting, made[i]!);
      return;
    }
    await this.#recall(strangers, answers);
    const keyless = strangers.filter((meeting) => !answers.has(meeting)).length;
    if (keyless > 0) this.#log.error('recipients_without_key', { count: keyless });
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

  #rowsOf(strangers: readonly Meeting[], keys: readonly Recipient[]): NewRecipients {
    const { accountIds, hashes } = questionOf(strangers);
    const ids = new BinaryArray(INT8, keys.length, 8);
    const sealedNumbers = new BinaryArray(BYTEA, keys.length, SEALED_NUMBER_BYTES);
    const wrappedKeys = new BinaryArray(BYTEA, keys.length, WRAPPED_KEY_BYTES);
    for (const [i, key] of keys.entries()) {
      ids.int8(key.id);
      this.#vault.sealNumberInto(sealedNumbers.bytes, sealedNumbers.next(), key, strangers[i]!.digits);
      this.#vault.wrapRecipientKeyInto(wrappedKeys.bytes, wrappedKeys.next(), key);
    }
    return { accountIds, ids, hashes, sealedNumbers, wrappedKeys };
  }
}

function questionOf(batch: readonly Meeting[]): { accountIds: BinaryArray; hashes: BinaryArray } {
  const accountIds = new BinaryArray(INT4, batch.length, 4);
  const hashes = new BinaryArray(BYTEA, batch.length, HASH_BYTES);
  for (const { accountId, key } of batch) {
    accountIds.int4(accountId);
    hashes.bytes.latin1Write(key, hashes.next());
  }
  return { accountIds, hashes };
}

const keyOf = (hash: Buffer): string => hash.latin1Slice(0, HASH_BYTES);

const byAccountAndKey = (a: Meeting, b: Meeting): number => a.accountId - b.accountId || (a.key < b.key ? -1 : 1);
