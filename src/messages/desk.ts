import { DAY_MS, HOUR_MS } from '../base/clock.ts';
import { type Fault, fault } from '../base/fault.ts';
import { type Id, idTimeMs } from '../base/id.ts';
import { maskNumber, parseNumber } from '../wire/number/e164.ts';
import { accept } from './accept/index.ts';
import type { RiverContext } from './context.ts';
import type { Claim, MessagePage, MessageSearch, Messages, MessageView, Settled, Submission } from './contract.ts';
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

  async find(accountId: number, id: Id): Promise<MessageView | null> {
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

  async search(query: MessageSearch): Promise<MessagePage | Fault> {
    const nowMs = this.#river.clock.now();
    const number = query.recipient === null ? null : parseNumber(query.recipient);
    if (query.recipient !== null && number === null) return fault('invalid_number', { field: '/recipient' });
    const recipient = number === null ? null : await this.#river.recipients.lookUp(query.accountId, number);
    if (number !== null && !recipient) return { messages: [], next: null };
    const rows = await this.#tenants.search({
      accountId: query.accountId,
      recipientId: recipient?.id ?? null,
      state: query.state === null ? null : states[query.state].number,
      fromMs: Math.max(query.fromMs ?? nowMs - SEARCH_SPAN_MS, 0),
      untilMs: Math.max(query.untilMs ?? nowMs + HOUR_MS, 0),
      before: query.after,
      limit: query.limit + 1,
    });
    const page = rows.slice(0, query.limit);
    const next = rows.length > query.limit ? page.at(-1)!.id : null;
    return { messages: await this.#views(query.accountId, page), next };
  }

  async cancel(accountId: number, id: Id): Promise<MessageView | Fault> {
    const view = await this.find(accountId, id);
    if (view?.direction !== 'mt') return fault('message_not_found');
    if (view.state === 'cancelled') return view;
    const by = { nodeId: this.#river.nodeId, hasWebhook: this.#river.notices.hasWebhook(accountId) };
    const isCancelled =
      (await this.#waiting.cancelSend(accountId, id, by)) || (await this.#dispatch.cancelling.cancel(accountId, id));
    if (!isCancelled) return fault('message_not_cancellable', { detail: `It is ${view.state}.` });
    return (await this.find(accountId, id))!;
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
      maskedTo: maskNumber(known.get(row.recipientId)?.digits ?? ''),
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

const refuse = (message: Draft, why: Fault): void => message.failed(why);
