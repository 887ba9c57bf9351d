import { MINUTE_MS, SECOND_MS } from '../../base/clock.ts';
import { type Id, idText } from '../../base/id.ts';
import { errorText } from '../../base/log.ts';
import type { RiverContext } from '../context.ts';
import type { Dispatch } from '../dispatch/index.ts';
import type { Message } from '../message.ts';
import { OpenRing } from '../open-ring.ts';
import type { MessageState } from '../states.ts';
import type { DueKey, DueRow, WaitingStore } from '../waiting-store.ts';
import { type Due, type MessageEvent, TELL_SMPP, TELL_WEBHOOK } from '../write-store.ts';
import { nextDelayMs } from './schedule.ts';
import { Settlements } from './settlements.ts';
import type { WebhookTeller } from './webhook-teller.ts';

/** What an application is told: what became of a message, or that one arrived for it. */
export interface Notice {
  readonly messageId: Id;
  readonly accountId: number;
  readonly credentialId: number;
  readonly state: MessageState;
  /** The person: E.164 digits. */
  readonly handset: string;
  /** Our own address: the sender of an MT message, the destination of an MO one. */
  readonly sender: string;
  readonly reference: string | null;
  readonly code: number;
  readonly acceptedAtMs: number;
  readonly doneAtMs: number;
  /** Of a message that arrived, its text. */
  readonly content: { readonly octets: Buffer; readonly dataCoding: number; readonly hasHeader: boolean } | null;
}

/** The SMPP sessions of applications, as far as notices need them. */
export interface SmppTeller {
  /**
   * Hands a notice to a session of its credential; false where none takes it now. Otherwise `answered` is called once, with
   * whether the application took it.
   */
  tell(notice: Notice, answered: (taken: boolean) => void): boolean;
  /** The credentials with a session that receives. */
  receivers(): number[];
}

/** What is owed because of an event that is being recorded. */
export interface Debt {
  /** The rows to store with the event, so that the debt is as durable as the event. */
  readonly rows: readonly Due[];
  /** The event is durable. */
  tell(): void;
  /** The event was not recorded. */
  drop(): void;
}

/** A notice to a session, which is in memory only: from the recording of its event until it is answered or stored. */
interface Untold {
  readonly notice: Notice;
  toldAtMs: number | null;
  isPutOff: boolean;
  isFinished: boolean;
}

const ANSWER_WITHIN_MS = 10 * SECOND_MS;
const CLAIM_SECONDS = 60;
const BUSY_MS = SECOND_MS;
const PAGE = 200;
const PAGES_A_POLL = 20;

/** Tells applications what they are owed: at once where they listen, later where they do not, and again until they answer. */
export class Notices {
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #waiting: WaitingStore;
  readonly #webhooks: WebhookTeller;
  readonly #smpp: SmppTeller;
  readonly #untold = new OpenRing<Untold>((untold) => untold.isFinished);
  readonly #settled: Settlements;

  constructor(
    river: RiverContext,
    dispatch: Dispatch,
    ways: { waiting: WaitingStore; webhooks: WebhookTeller; smpp: SmppTeller },
  ) {
    this.#river = river;
    this.#dispatch = dispatch;
    this.#waiting = ways.waiting;
    this.#webhooks = ways.webhooks;
    this.#smpp = ways.smpp;
    this.#settled = new Settlements(ways.waiting, river.log);
  }

  /** Records an event that ends a message or that its application waits for, with what is owed because of it. */
  record(message: Message, event: MessageEvent, then: () => void): void {
    message.isEnded = true;
    const bySmpp = message.wantsReceipt && !(message.failuresOnly && event.state === 'delivered');
    const debt = this.owe(noticeOf(message, event), bySmpp);
    this.#river.recordWithDue(event, debt.rows, () => {
      then();
      debt.tell();
    });
  }

  hasWebhook(accountId: number): boolean {
    return this.#webhooks.has(accountId);
  }

  /** What a notice owes, from before its event is durable: so that no crash between the two forgets it. */
  owe(notice: Notice, bySmpp: boolean): Debt {
    const untold: Untold | null = bySmpp ? { notice, toldAtMs: null, isPutOff: false, isFinished: false } : null;
    if (untold) this.#untold.push(untold);
    const hasWebhook = this.#webhooks.has(notice.accountId);
    // The first attempt follows at once, and is counted beforehand.
    const row = { ...this.#due(notice, TELL_WEBHOOK, CLAIM_SECONDS * SECOND_MS), attempts: 1 };
    return {
      rows: hasWebhook ? [row] : [],
      tell: () => {
        if (untold) this.#tellSession(untold);
        if (hasWebhook) this.#post(notice, 0);
      },
      drop: () => {
        if (untold) untold.isFinished = true;
      },
    };
  }

  /** The time of the oldest event that is told nowhere yet but in memory. */
  oldestUntoldMs(): number | null {
    return this.#untold.oldest()?.notice.doneAtMs ?? null;
  }

  /** An application has bound to receive: what it is owed is due now. */
  async receiverBound(credentialId: number): Promise<void> {
    await this.#waiting.hasten(TELL_SMPP, credentialId);
    await this.poll();
  }

  /** Moves what was not answered in time to the store, and tells what is due there. */
  async poll(): Promise<void> {
    const late = this.#river.clock.now() - ANSWER_WITHIN_MS;
    for (const untold of this.#untold.open()) {
      if (untold.toldAtMs !== null && untold.toldAtMs <= late) this.#putOff(untold);
    }
    await this.#tellAllDue(TELL_WEBHOOK, () => ({ room: this.#webhooks.room, credentials: null }));
    await this.#tellAllDue(TELL_SMPP, () => ({ room: PAGE, credentials: this.#smpp.receivers() }));
  }

  /** Page by page, as long as somebody takes it. `to` says how many, and which credentials do: null for all. */
  async #tellAllDue(what: number, to: () => { room: number; credentials: number[] | null }): Promise<void> {
    for (let page = 0; page < PAGES_A_POLL; page++) {
      const { room, credentials } = to();
      const limit = Math.min(PAGE, room);
      if (limit <= 0 || credentials?.length === 0) return;
      const rows = await this.#waiting.claim(what, limit, CLAIM_SECONDS, credentials);
      await this.#tellDue(rows);
      if (rows.length < limit) return;
    }
  }

  /** Settles what is under way, and stores what is told nowhere yet. */
  async close(): Promise<void> {
    for (const untold of this.#untold.open()) this.#putOff(untold);
    await this.#settled.close();
  }

  #tellSession(untold: Untold): void {
    untold.toldAtMs = this.#river.clock.now();
    const isTaken = this.#smpp.tell(untold.notice, (taken) => {
      if (!taken) this.#putOff(untold);
      else if (untold.isPutOff) this.#settled.add({ ...untold.notice, what: TELL_SMPP });
      else untold.isFinished = true;
    });
    if (!isTaken) this.#putOff(untold);
  }

  /** It is told again from the store, later or at the next bind. */
  #putOff(untold: Untold): void {
    if (untold.isFinished || untold.isPutOff) return;
    untold.isPutOff = true;
    this.#river.postpone(this.#due(untold.notice, TELL_SMPP, MINUTE_MS), () => {
      untold.isFinished = true;
    });
  }

  #due({ accountId, messageId, state, credentialId, doneAtMs, code }: Notice, what: number, delayMs: number): Due {
    const dueAtMs = this.#river.clock.now() + delayMs;
    return { accountId, messageId, what, state, credentialId, dueAtMs, attempts: 0, eventAtMs: doneAtMs, code };
  }

  #post(notice: Notice, attempts: number): void {
    const key = { ...notice, what: TELL_WEBHOOK };
    void this.#webhooks.tell(notice).then((outcome) => {
      if (outcome.kind === 'ok') return this.#settled.add(key);
      if (outcome.kind === 'retry' && outcome.reason === 'busy') return this.#waits(key);
      const delayMs =
        outcome.kind === 'gone' ? null : nextDelayMs(this.#river.webhookDelaysMs, attempts + 1, this.#river.entropy);
      this.#river.log.info('webhook_failed', {
        account: notice.accountId,
        message: idText(notice.messageId),
        reason: outcome.kind === 'gone' ? 'gone' : outcome.reason,
        attempt: attempts + 1,
      });
      return this.#postpone(key, delayMs);
    });
  }

  /** It did not get its turn, which counts as no attempt. */
  async #waits(key: DueKey): Promise<void> {
    try {
      await this.#waiting.giveBack(key, this.#river.clock.now() + BUSY_MS);
    } catch (error) {
      this.#river.log.warn('notice_not_postponed', { cause: errorText(error) });
    }
  }

  async #postpone(key: DueKey, delayMs: number | null): Promise<void> {
    try {
      await this.#waiting.postpone(key, delayMs === null ? null : this.#river.clock.now() + delayMs);
    } catch (error) {
      // The claim ends by itself, and the notice is due again.
      this.#river.log.warn('notice_not_postponed', { cause: errorText(error) });
    }
  }

  async #tellDue(rows: readonly DueRow[]): Promise<void> {
    if (rows.length === 0) return;
    const stored = await this.#river.store.byIds(
      rows.map(({ accountId, messageId }) => ({ accountId, id: messageId })),
    );
    const messages = await this.#dispatch.takeUp.open(stored);
    const byId = new Map(messages.map((message) => [idText(message.id), message]));
    for (const row of rows) {
      const message = byId.get(idText(row.messageId));
      if (!message?.to) this.#settled.add(row);
      else if (row.what === TELL_WEBHOOK) this.#post(noticeOf(message, eventOf(row)), row.attempts - 1);
      else this.#tellAgain(row, noticeOf(message, eventOf(row)));
    }
  }

  #tellAgain(row: DueRow, notice: Notice): void {
    this.#smpp.tell(notice, (taken) => {
      if (taken) this.#settled.add(row);
    });
  }
}

type Happened = Pick<MessageEvent, 'state' | 'code' | 'atMs'>;

const eventOf = ({ state, code, eventAtMs }: DueRow): Happened => ({ state, code, atMs: eventAtMs });

export function noticeOf(message: Message, { state, code, atMs }: Happened): Notice {
  return {
    messageId: message.id,
    accountId: message.accountId,
    credentialId: message.credentialId,
    state,
    handset: message.to ?? '',
    sender: message.from,
    reference: message.reference,
    code,
    acceptedAtMs: message.acceptedAtMs,
    doneAtMs: atMs,
    content:
      state === 'received'
        ? { octets: message.octets!, dataCoding: message.dataCoding, hasHeader: message.hasHeader }
        : null,
  };
}
