import { type Actor, DIGEST_BYTES } from '../audit/index.ts';
import { DAY_MS, HOUR_MS } from '../base/clock.ts';
import { type Fault, fault } from '../base/fault.ts';
import { type Id, idText, idTimeMs } from '../base/id.ts';
import type { FoundRecipient } from '../consent/index.ts';
import { maskNumber, parseNumber } from '../wire/number/e164.ts';
import { accept } from './accept/index.ts';
import type { RiverContext } from './context.ts';
import type {
  Claim,
  MessageEvidence,
  MessagePage,
  MessageSearch,
  Messages,
  MessageView,
  Settled,
  Submission,
} from './contract.ts';
import type { Dispatch } from './dispatch/index.ts';
import type { Idempotency } from './idempotency.ts';
import { type Draft, Message } from './message.ts';
import { states } from './states.ts';
import type { TenantRow, TenantStore } from './tenant-store.ts';
import type { WaitingStore } from './waiting-store.ts';

const SEARCH_SPAN_MS = 400 * DAY_MS;

export interface DeskParts {
  readonly river: RiverContext;
  readonly dispatch: Dispatch;
  readonly idempotency: Idempotency;
  readonly tenants: TenantStore;
  readonly waiting: WaitingStore;
}

/** What doors ask of the river: hand in, look up, cancel. */
export class Desk implements Messages {
  readonly #river: RiverContext;
  readonly #dispatch: Dispatch;
  readonly #idempotency: Idempotency;
  readonly #tenants: TenantStore;
  readonly #waiting: WaitingStore;
  isOpen = true;

  constructor(parts: DeskParts) {
    this.#river = parts.river;
    this.#dispatch = parts.dispatch;
    this.#idempotency = parts.idempotency;
    this.#tenants = parts.tenants;
    this.#waiting = parts.waiting;
  }

  get hasRoom(): boolean {
    return this.#river.writer.hasRoom && this.#river.writer.isUp;
  }

  get maxSegments(): number {
    return this.#river.maxSegments;
  }

  submit(submission: Submission, settled: Settled): void {
    const refusal = this.#refusal();
    if (refusal) return settled(refusal);
    const message = new Message(
      {
        id: submission.id ?? this.#river.ids.next(),
        accountId: submission.credential.accountId,
        credentialId: submission.credential.id,
        from: submission.from,
        class: submission.class,
        reference: submission.reference,
        wantsReceipt: submission.wantsReceipt,
        failuresOnly: submission.failuresOnly,
        successOnly: submission.successOnly,
        wantsUnderway: submission.wantsUnderway,
        isOneOfMany: submission.isOneOfMany,
      },
      submission,
      settled,
    );
    message.floor = this.#river.claimed.oldest()?.firstId ?? message.id;
    this.#river.accepting.push(message);
    this.#river.open.push(message);
    message.onceStored(this.#stored);
    accept.run(message as Draft, this.#river, refuse);
  }

  claim(accountId: number, key: string, bodyHash: Buffer, count: number): Promise<Claim> {
    return this.#idempotency.claim(accountId, key, bodyHash, count);
  }

  async find(accountId: number, id: Id, by: Actor): Promise<MessageView | Fault | null> {
    const view = await this.view(accountId, id);
    return view && this.#shown(view, accountId, by);
  }

  /** The same without a record: for the gateway itself. */
  async view(accountId: number, id: Id): Promise<MessageView | null> {
    const [row] = await this.#tenants.byIds(accountId, [id]);
    if (!row) return null;
    const events = await this.#tenants.events(accountId, id);
    const [view] = await this.#views(accountId, [row]);
    const timeline = events.map(({ carrierId, ...event }) => ({
      ...event,
      carrier: this.#river.carrierNames.get(carrierId) ?? null,
    }));
    const first = { atMs: view!.acceptedAtMs, state: 'accepted', segment: 0, carrier: null, code: 0 } as const;
    return { ...view!, timeline: row.direction === 'mt' ? [first, ...timeline] : timeline };
  }

  /** What the store has of it now; null where there is no row any more. */
  async evidence(accountId: number, id: Id): Promise<MessageEvidence | null> {
    const body = await this.#tenants.body(accountId, id);
    if (body === null) return null;
    const digest = Buffer.alloc(DIGEST_BYTES);
    this.#river.vault.digestInto(digest, 0, body);
    return { digest: digest.toString('hex'), owed: await this.#waiting.owed(accountId, id) };
  }

  async search(query: MessageSearch, by: Actor): Promise<MessagePage | Fault> {
    const nowMs = this.#river.clock.now();
    const number = query.recipient === null ? null : parseNumber(query.recipient);
    if (query.recipient !== null && number === null) return fault('invalid_number', { field: '/recipient' });
    const recipient = number === null ? null : await this.#river.recipients.lookUp(query.accountId, number);
    const wanted = {
      accountId: query.accountId,
      recipientId: recipient?.id ?? null,
      state: query.state === null ? null : states[query.state].number,
      fromMs: Math.max(query.fromMs ?? nowMs - SEARCH_SPAN_MS, 0),
      untilMs: Math.max(query.untilMs ?? nowMs + HOUR_MS, 0),
      before: query.after,
      limit: query.limit + 1,
    };
    // That a number is nobody's is an answer too.
    const rows = number !== null && !recipient ? [] : await this.#tenants.search(wanted);
    const page = rows.slice(0, query.limit);
    const next = rows.length > query.limit ? page.at(-1)!.id : null;
    const on = [`account:${query.accountId}`, ...(recipient ? [`recipient:${recipient.id}`] : [])];
    const { audit } = this.#river;
    const why = await audit.noted(audit.done(by, 'messages.searched', [...on, ...page.map(({ id }) => nameOf(id))]));
    return why ?? { messages: await this.#views(query.accountId, page), next };
  }

  async cancel(accountId: number, id: Id, by: Actor): Promise<MessageView | Fault> {
    const view = await this.view(accountId, id);
    if (view?.direction !== 'mt') return fault('message_not_found');
    if (view.state === 'cancelled') return this.#shown(view, accountId, by);
    const entry = this.#river.audit.done(by, 'message.cancelled', [nameOf(id), `account:${accountId}`]);
    const { nodeId, notices, clock } = this.#river;
    const about = { nodeId, hasWebhook: notices.hasWebhook(accountId), atMs: clock.now(), entry };
    const isCancelled =
      (await this.#waiting.cancelSend(accountId, id, about)) ||
      (await this.#dispatch.cancelling.cancel(accountId, id, entry));
    if (!isCancelled) return fault('message_not_cancellable', { detail: `It is ${view.state}.` });
    return (await this.view(accountId, id))!;
  }

  /** A view that leaves when it is on record for whom. */
  async #shown(view: MessageView, accountId: number, by: Actor): Promise<MessageView | Fault> {
    const { audit } = this.#river;
    return (await audit.noted(audit.done(by, 'message.read', [nameOf(view.id), `account:${accountId}`]))) ?? view;
  }

  #refusal(): Fault | null {
    if (!this.isOpen) return fault('stopping', { retryAfterMs: 5000 });
    if (!this.#river.writer.isUp) return fault('store_unavailable', { retryAfterMs: 1000 });
    if (!this.#river.writer.hasRoom) return fault('throttled', { retryAfterMs: 1000 });
    return null;
  }

  readonly #stored = (message: Message): void => this.#dispatch.stored(message);

  async #views(accountId: number, rows: readonly TenantRow[]): Promise<MessageView[]> {
    const known = await this.#river.recipients.find(accountId, [...new Set(rows.map((row) => row.recipientId))]);
    return rows.map((row) => ({
      id: row.id,
      direction: row.direction,
      state: row.state,
      maskedTo: maskedOf(known.get(row.recipientId)),
      from: row.from,
      class: row.class,
      segments: row.segments,
      dataCoding: row.dataCoding,
      reference: row.reference,
      acceptedAtMs: idTimeMs(row.id),
      expiresAtMs: row.expiresAtMs,
      timeline: [],
    }));
  }
}

/** A message as the audit log names it. */
const nameOf = (id: Id): string => `message:${idText(id)}`;

const refuse = (message: Draft, why: Fault): void => message.failed(why);

const maskedOf = (person: FoundRecipient | undefined): string | null => (person ? maskNumber(person.digits) : null);
