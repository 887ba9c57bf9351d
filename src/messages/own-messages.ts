import type { Actor } from '../audit/index.ts';
import { DAY_MS } from '../base/clock.ts';
import { type Fault, fault } from '../base/fault.ts';
import { idText, inRun, RUN_MAX, runOf } from '../base/id.ts';
import { parseNumber } from '../wire/number/e164.ts';
import { senderKind } from '../wire/number/sender.ts';
import type { RiverContext } from './context.ts';
import type { Accepted, Settled, Submission } from './contract.ts';
import type { Desk } from './desk.ts';
import type { Dispatch } from './dispatch/index.ts';
import type { Message } from './message.ts';
import type { Asked, OwnMessages, Progress, Replacement, WaitingOf } from './own-contract.ts';
import { replaceMessage } from './replace-message.ts';
import type { ReplacementStore } from './replacement-store.ts';
import { type MessageState, states } from './states.ts';
import type { TenantRow, TenantStore } from './tenant-store.ts';

/** No message waits for longer: 30 days for its time, and 72 hours as long as it is worth sending. */
const WAITING_MAX_MS = 34 * DAY_MS;
const CANCELLED_AT_ONCE = 100;
/** Those that have not been handed to a carrier, as far as the store knows. */
const WAITING: readonly MessageState[] = ['accepted', 'scheduled', 'taken', 'retrying'];

export interface OwnParts {
  readonly river: RiverContext;
  readonly desk: Desk;
  readonly dispatch: Dispatch;
  readonly tenants: TenantStore;
  readonly replacements: ReplacementStore;
}

/** What an application asks about messages that it sent itself: its credential, not only its account, must be theirs. */
export class Own implements OwnMessages {
  readonly #river: RiverContext;
  readonly #desk: Desk;
  readonly #dispatch: Dispatch;
  readonly #tenants: TenantStore;
  readonly #replacements: ReplacementStore;

  constructor({ river, desk, dispatch, tenants, replacements }: OwnParts) {
    this.#river = river;
    this.#desk = desk;
    this.#dispatch = dispatch;
    this.#tenants = tenants;
    this.#replacements = replacements;
  }

  async progress(asked: Asked): Promise<Progress | Fault> {
    if (!asked.credential.capability.verbs.includes('read')) return fault('verb_not_allowed');
    const rows = await this.#meant(asked);
    const slowest =
      rows.find((row) => !states[row.state].final) ?? rows.find((row) => row.state !== 'delivered') ?? rows[0];
    if (!slowest) return fault('message_not_found');
    const why = await this.#onRecord(asked);
    if (why) return why;
    const events = await this.#tenants.events(asked.credential.accountId, slowest.id);
    const end = events.find((event) => event.state === slowest.state && event.segment === 0);
    const isOver = states[slowest.state].final;
    return { id: asked.id, state: slowest.state, doneAtMs: isOver ? (end?.atMs ?? null) : null, code: end?.code ?? 0 };
  }

  /** What has become of a person's message is read by whoever asks, over SMPP as over HTTPS. */
  #onRecord({ credential, by, id }: Asked): Promise<Fault | null> {
    const on = [`account:${credential.accountId}`, `message:${idText(id)}`];
    return this.#river.audit.noted(this.#river.audit.done(by, 'message.read', on, { of: 'state' }));
  }

  async cancel(asked: Asked & { readonly to: string | null }): Promise<Fault | null> {
    if (!asked.credential.capability.verbs.includes('cancel')) return fault('verb_not_allowed');
    const all = await this.#meant(asked);
    const rows = asked.to === null ? all : await this.#to(asked.credential.accountId, all, asked.to);
    if (rows.length === 0) return fault('message_not_found');
    return this.#cancelAll(asked.credential.accountId, rows, asked.by);
  }

  async cancelWaiting({ credential, by, from, to, serviceType }: WaitingOf) {
    if (!credential.capability.verbs.includes('cancel')) return noneFor(fault('verb_not_allowed'));
    const which = { credential, from, to, serviceType: serviceType ?? undefined };
    const rows = await this.#waiting(which, CANCELLED_AT_ONCE + 1);
    if (rows.length === 0) return noneFor(fault('message_not_found'));
    const now = rows.slice(0, CANCELLED_AT_ONCE);
    const refusal = await this.#cancelAll(credential.accountId, now, by);
    if (refusal || rows.length === now.length) return { cancelled: now.length, refusal };
    const detail = `Only ${CANCELLED_AT_ONCE} are cancelled at once: ask again.`;
    return { cancelled: now.length, refusal: fault('message_not_cancellable', { detail }) };
  }

  async replace(asked: Asked, replacement: Replacement): Promise<Fault | null> {
    if (!asked.credential.capability.verbs.includes('cancel')) return fault('verb_not_allowed');
    const [row, ...more] = await this.#meant(asked);
    if (!row) return fault('message_not_found');
    if (more.length > 0) return fault('message_not_replaceable', { detail: 'It is one of several under one id.' });
    const { accountId } = asked.credential;
    const due = row.state === 'scheduled' ? await this.#replacements.scheduled(accountId, row.id) : null;
    if (!due) return fault('message_not_replaceable', { detail: `It is ${row.state}.` });
    const { octets, expiresAtMs, sendAtMs: wantedAtMs, ...wishes } = replacement;
    const sendAtMs = wantedAtMs ?? Math.max(due.dueAtMs, this.#river.clock.now());
    const plain = {
      kind: 'octets',
      octets,
      dataCoding: due.dataCoding,
      hasUserDataHeader: false,
      place: null,
    } as const;
    const answer = await this.#replace(row, asked, ({ to, protocolId, tlvs }) => ({
      ...wishes,
      credential: asked.credential,
      to: to ?? '',
      from: row.from,
      class: row.class,
      reference: row.reference,
      content: { ...plain, protocolId, tlvs },
      sendAtMs,
      validityMs: expiresAtMs === null ? row.expiresAtMs - due.dueAtMs : expiresAtMs - sendAtMs,
      serviceType: null,
      isOneOfMany: row.isOneOfMany,
      id: row.id,
    }));
    return 'code' in answer ? answer : null;
  }

  async submitInPlace(submission: Submission, by: Actor, settled: Settled): Promise<void> {
    const { capability } = submission.credential;
    if (!capability.verbs.includes('cancel')) return settled(fault('verb_not_allowed'));
    const [row] = await this.#waiting(submission, 1, ['scheduled']);
    const answer = row
      ? await this.#replace(row, { credential: submission.credential, by }, () => submission)
      : fault('message_not_replaceable');
    if (!('code' in answer)) return settled(acceptedOf(answer));
    // What it was to take the place of is gone meanwhile, or was never there.
    if (answer.code === 'message_not_replaceable') return this.#desk.submit(submission, settled);
    settled(answer);
  }

  /** `wanted` says what a message is to be, by what it was. */
  async #replace(
    { id }: TenantRow,
    { credential: { accountId }, by }: Pick<Asked, 'credential' | 'by'>,
    wanted: (original: Message) => Submission,
  ): Promise<Message | Fault> {
    const rows = await this.#river.store.byIds([{ accountId, id }]);
    const [original] = await this.#dispatch.takeUp.open(rows);
    if (!rows[0] || !original) return fault('message_not_replaceable');
    return replaceMessage(this.#river, this.#replacements, {
      row: rows[0],
      original,
      submission: wanted(original),
      by,
    });
  }

  /** The message of an id, or all that were asked for under it. None where they are not the application's own. */
  async #meant({ credential, id, from }: Asked): Promise<TenantRow[]> {
    const { accountId } = credential;
    const isOwn = (row: TenantRow) =>
      row.direction === 'mt' && row.credentialId === credential.id && row.from === senderOf(from);
    const isOne = !id.equals(runOf(id));
    const rows = await this.#tenants.run(accountId, id, isOne ? id : inRun(id, RUN_MAX - 1));
    return rows.filter((row) => isOwn(row) && (row.isOneOfMany || row.id.equals(id)));
  }

  async #to(accountId: number, rows: readonly TenantRow[], to: string): Promise<TenantRow[]> {
    const number = parseNumber(to);
    const recipient = number === null ? null : await this.#river.recipients.lookUp(accountId, number);
    return rows.filter((row) => row.recipientId === recipient?.id);
  }

  async #waiting(
    which: Omit<WaitingOf, 'serviceType' | 'by'> & { serviceType: string | null | undefined },
    limit: number,
    among: readonly MessageState[] = WAITING,
  ): Promise<TenantRow[]> {
    const { credential, from, to, serviceType } = which;
    const { accountId } = credential;
    const number = parseNumber(to);
    const recipient = number === null ? null : await this.#river.recipients.lookUp(accountId, number);
    if (!recipient) return [];
    return this.#tenants.waiting({
      accountId,
      recipientId: recipient.id,
      credentialId: credential.id,
      from: senderOf(from),
      serviceType,
      fromMs: this.#river.clock.now() - WAITING_MAX_MS,
      states: among,
      limit,
    });
  }

  /** Null where at least one was cancelled: of several under one id, others may be on their way. */
  async #cancelAll(accountId: number, rows: readonly TenantRow[], by: Actor): Promise<Fault | null> {
    const answers = [];
    for (const row of rows) answers.push(await this.#desk.cancel(accountId, row.id, by));
    return answers.some((answer) => !('code' in answer)) ? null : (answers.find((answer) => 'code' in answer) ?? null);
  }
}

/** None was stopped, and why. */
const noneFor = (refusal: Fault) => ({ cancelled: 0, refusal });

/** A sender as it is stored: a long code without its '+'. */
const senderOf = (from: string): string => (senderKind(from) === 'long_code' ? parseNumber(from)! : from);

const acceptedOf = ({ id, segments, dataCoding, acceptedAtMs, expiresAtMs }: Message): Accepted => ({
  id,
  state: 'scheduled',
  segments,
  dataCoding,
  acceptedAtMs,
  expiresAtMs,
});
