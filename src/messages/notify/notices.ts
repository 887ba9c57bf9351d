import { SECOND_MS } from '../../base/clock.ts';
import { idText } from '../../base/id.ts';
import { errorText } from '../../base/log.ts';
import type { RiverContext } from '../context.ts';
import type { Dispatch } from '../dispatch/index.ts';
import type { Message } from '../message.ts';
import type { MessageState } from '../states.ts';
import type { DueKey, DueRow, WaitingStore } from '../waiting-store.ts';
import { type Due, type MessageEvent, TELL_WEBHOOK } from '../write-store.ts';
import { Gathering } from './gathering.ts';
import { type Notice, noticeOf, type SmppTeller } from './notice.ts';
import { nextDelayMs } from './schedule.ts';
import { SessionNotices } from './session-notices.ts';
import type { WebhookTeller } from './webhook-teller.ts';

/** What is owed because of an event that is being recorded. */
export interface Debt {
  /** The rows to store with the event, so that the debt is as durable as the event. */
  readonly rows: readonly Due[];
  /** The event is durable. */
  tell(): void;
  /** The event was not recorded. */
  drop(): void;
}

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
  readonly #sessions: SessionNotices;
  readonly #settled: Gathering<DueKey>;

  constructor(
    river: RiverContext,
    dispatch: Dispatch,
    ways: { waiting: WaitingStore; webhooks: WebhookTeller; smpp: SmppTeller },
  ) {
    this.#river = river;
    this.#dispatch = dispatch;
    this.#waiting = ways.waiting;
    this.#webhooks = ways.webhooks;
    this.#sessions = new SessionNotices(river, dispatch, ways);
    // What is not removed is due again when its claim ends: told twice, which its id shows, but never lost.
    this.#settled = new Gathering(
      (keys) => ways.waiting.settle(keys),
      (error, keys) => river.log.warn('notices_not_settled', { cause: errorText(error), count: keys.length }),
    );
  }

  /** Records an event that ends a message or that its application waits for, with what is owed because of it. */
  record(message: Message, event: MessageEvent, then: () => void): void {
    message.isEnded = true;
    const debt = this.owe(noticeOf(message, event), wantsReceiptOf(message, event.state));
    this.#river.recordWithDue(event, debt.rows, () => {
      then();
      debt.tell();
    });
  }

  /** Tells who asked for it that a message is under way (SMPP 3.4 §5.2.17, intermediate notification), once until it is told. */
  underway(message: Message, code: number, done: (isStored: boolean) => void): void {
    const atMs = this.#river.clock.now();
    this.#sessions.oweOnce(noticeOf(message, { state: 'sent', code, atMs }), done);
  }

  hasWebhook(accountId: number): boolean {
    return this.#webhooks.has(accountId);
  }

  /** What a notice owes, from before its event is durable: so that no crash between the two forgets it. */
  owe(notice: Notice, bySmpp: boolean): Debt {
    const standing = bySmpp ? this.#sessions.owe(notice) : null;
    const hasWebhook = this.#webhooks.has(notice.accountId);
    return {
      rows: hasWebhook ? [this.#due(notice)] : [],
      tell: () => {
        if (standing) this.#sessions.tell(standing);
        if (hasWebhook) this.#post(notice, 0);
      },
      drop: () => {
        if (standing) this.#sessions.drop(standing);
      },
    };
  }

  /** The time of the oldest event that is told nowhere yet but in memory. */
  oldestUntoldMs(): number | null {
    return this.#sessions.oldestUntoldMs();
  }

  /** An application has bound to receive: what it is owed is due now. */
  receiverBound(credentialId: number): Promise<void> {
    return this.#sessions.receiverBound(credentialId);
  }

  /** The store may owe what did not come by here: what an ended node left. */
  unsure(): void {
    this.#sessions.unsure();
  }

  /** Moves what was not answered in time to the store, and tells what is due there. */
  async poll(): Promise<void> {
    await this.#sessions.poll();
    for (let page = 0; page < PAGES_A_POLL; page++) {
      const limit = Math.min(PAGE, this.#webhooks.room);
      if (limit <= 0) return;
      const rows = await this.#waiting.claim(TELL_WEBHOOK, limit, CLAIM_SECONDS);
      await this.#postDue(rows);
      if (rows.length < limit) return;
    }
  }

  /** Settles what is under way, and stores what is told nowhere yet. */
  async close(): Promise<void> {
    await this.#sessions.close();
    await this.#settled.close();
  }

  /** The first attempt follows at once, and is counted beforehand. */
  #due({ accountId, messageId, state, credentialId, doneAtMs, code }: Notice): Due {
    const dueAtMs = this.#river.clock.now() + CLAIM_SECONDS * SECOND_MS;
    const what = TELL_WEBHOOK;
    return { accountId, messageId, what, state, credentialId, dueAtMs, attempts: 1, eventAtMs: doneAtMs, code };
  }

  #post(notice: Notice, attempts: number): void {
    const key = { ...notice, what: TELL_WEBHOOK };
    void this.#webhooks.tell(notice).then((outcome) => {
      if (outcome.kind === 'ok') {
        this.#river.tellings.add(notice, 'told_by_webhook', attempts + 1);
        return this.#settled.add(key);
      }
      if (outcome.kind === 'retry' && outcome.reason === 'busy') return this.#waits(key);
      const delayMs =
        outcome.kind === 'gone' ? null : nextDelayMs(this.#river.webhookDelaysMs, attempts + 1, this.#river.entropy);
      this.#river.log.info('webhook_failed', {
        account: notice.accountId,
        message: idText(notice.messageId),
        reason: outcome.kind === 'gone' ? 'gone' : outcome.reason,
        attempt: attempts + 1,
      });
      if (delayMs === null) this.#river.tellings.add(notice, 'not_told_by_webhook', attempts + 1);
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

  async #postDue(rows: readonly DueRow[]): Promise<void> {
    if (rows.length === 0) return;
    const stored = await this.#river.store.byIds(
      rows.map(({ accountId, messageId }) => ({ accountId, id: messageId })),
    );
    const messages = await this.#dispatch.takeUp.open(stored);
    const byId = new Map(messages.map((message) => [idText(message.id), message]));
    for (const row of rows) {
      const message = byId.get(idText(row.messageId));
      if (!message?.to) this.#settled.add(row);
      else this.#post(noticeOf(message, { ...row, atMs: row.eventAtMs }), row.attempts - 1);
    }
  }
}

/** Whether an application is told by SMPP of this end (registered_delivery, SMPP 3.4 §5.2.17, 5.0 §4.7.21). */
const wantsReceiptOf = ({ wantsReceipt, failuresOnly, successOnly }: Message, state: MessageState): boolean =>
  wantsReceipt && !(failuresOnly && state === 'delivered') && !(successOnly && state !== 'delivered');
