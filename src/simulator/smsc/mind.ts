import { SECOND_MS } from '../../base/clock.ts';
import type { Dice } from '../../base/dice.ts';
import { type StatusName, statuses } from '../../wire/smpp/statuses.ts';
import type { Tlvs } from '../../wire/smpp/tlvs.ts';
import type { MessageFields } from '../esme/misbehaviour.ts';
import { frame, type Header, pdu, tlv, withLength } from '../octets.ts';
import { type Conduct, merged, type Rule, type Script } from './conduct.ts';
import { idText, receiptOf, type Told } from './receipt.ts';
import { conductOf } from './script.ts';

/** A submit_sm, as far as it matters here. */
export interface Submit {
  readonly sequence: number;
  readonly from: string;
  readonly to: string;
  readonly wantsReceipt: boolean;
}

/** A deliver_sm to be sent; it is sent again until it is answered. */
export interface Delivery {
  readonly fields: MessageFields;
  readonly tlvs: Tlvs | null;
  readonly on: 'the same bind' | 'another bind';
}

export type Deed =
  | { readonly deed: 'send'; readonly bytes: Buffer }
  | { readonly deed: 'trickle'; readonly bytes: Buffer }
  | { readonly deed: 'deliver'; readonly delivery: Delivery }
  | { readonly deed: 'drop'; readonly how: 'reset' | 'close' | 'unbind' };

export interface Action {
  readonly afterMs: number;
  readonly deed: Deed;
}

const RECEIPT = 0x04;
const INTERMEDIATE = 0x20;
/** SMPP 5.0 §4.8.4.17. */
const CONGESTION_STATE = 0x0428;
const ALERT_NOTIFICATION = 0x0000_0102;
const UNKNOWN_COMMAND = 0x0000_0abc;
const STRANGE_SEQUENCE = 0x0bad_5e9;
const FLOOD = 100;
const SWALLOWED_OCTETS = 40;
const FOUR_GIB = 0xffff_ffff;

const send = (bytes: Buffer, afterMs = 0): Action => ({ afterMs, deed: { deed: 'send', bytes } });

/** Decides what the SMSC does, by its script. It has no socket and no clock: what it is told is all it knows. */
export class Mind {
  readonly conduct: Conduct;
  readonly #rules: readonly { readonly rule: Rule; readonly conduct: Conduct; matched: number }[];
  readonly #dice: Dice;
  #messages = 0;
  #startedAtMs: number | null = null;
  #second = { startMs: 0, taken: 0 };

  constructor(script: Script, dice: Dice) {
    this.conduct = conductOf(script);
    this.#rules = (script.rules ?? []).map((rule) => ({ rule, conduct: conductOf(rule), matched: 0 }));
    this.#dice = dice;
  }

  /** What follows from a message, in order. */
  onSubmit(submit: Submit, nowMs: number): Action[] {
    const conduct = this.#conductFor(submit);
    const number = ++this.#messages;
    const { dropAfter, drop = 'reset' } = conduct.link ?? {};
    const beside = aside(conduct.link ?? {}, submit.sequence);
    const isDropped = dropAfter !== undefined && number % dropAfter === 0;
    if (isDropped && drop !== 'unbind')
      return [...this.#receipts(submit, number, conduct, nowMs), { afterMs: 0, deed: { deed: 'drop', how: drop } }];
    const status = this.#statusFor(conduct, number, nowMs);
    const answers = [...beside, ...this.#answers(submit, number, status, conduct)];
    const receipts = status === 'ESME_ROK' ? this.#receipts(submit, number, conduct, nowMs) : [];
    const all = conduct.receipt?.isEarly ? [...receipts, ...answers] : [...answers, ...receipts];
    return isDropped ? [...all, { afterMs: 0, deed: { deed: 'drop', how: drop } }] : all;
  }

  #conductFor({ from, to }: Submit): Conduct {
    if (this.#rules.length === 0) return this.conduct;
    const matching = this.#rules.filter((entry) => {
      const { rule } = entry;
      if (!to.startsWith(rule.to ?? '') || (rule.from ?? from) !== from) return false;
      entry.matched++;
      return (rule.nth ?? entry.matched) === entry.matched && entry.matched % (rule.every ?? 1) === 0;
    });
    return merged([this.conduct, ...matching.map(({ conduct }) => conduct)]);
  }

  #statusFor({ answer = {}, rate }: Conduct, number: number, nowMs: number): StatusName {
    if (rate !== undefined && !this.#hasRoom(rate, nowMs)) return rate.status ?? 'ESME_RTHROTTLED';
    if (answer.every !== undefined && number % answer.every !== 0) return 'ESME_ROK';
    return this.#thrown(answer.chances ?? [])?.status ?? answer.status ?? 'ESME_ROK';
  }

  /** Whole seconds, as carriers count them. */
  #hasRoom({ perSecond = 1, halvesAfterMs }: NonNullable<Conduct['rate']>, nowMs: number): boolean {
    this.#startedAtMs ??= nowMs;
    if (nowMs - this.#second.startMs >= SECOND_MS) this.#second = { startMs: nowMs, taken: 0 };
    const isHalved = halvesAfterMs !== undefined && nowMs - this.#startedAtMs >= halvesAfterMs;
    const limit = isHalved ? Math.ceil(perSecond / 2) : perSecond;
    return ++this.#second.taken <= limit;
  }

  /** The row that the dice fall on; null for none. */
  #thrown<Row extends { readonly share: number }>(rows: readonly Row[]): Row | null {
    let left = this.#dice.fraction();
    for (const row of rows) {
      left -= row.share;
      if (left < 0) return row;
    }
    return null;
  }

  #answers({ sequence }: Submit, number: number, status: StatusName, { answer = {} }: Conduct): Action[] {
    const isOrdinary = answer.every !== undefined && number % answer.every !== 0;
    const message_id = status === 'ESME_ROK' ? idText(number, answer.ids ?? 'text') : '';
    const about = { sequence, status: statuses[status].value };
    const bytes = answerBytes(message_id, about, answer.congestion);
    const form = isOrdinary ? 'ordinary' : (answer.form ?? 'ordinary');
    const delayMs = (answer.delayMs ?? 0) + Math.floor(this.#dice.fraction() * (answer.jitterMs ?? 0));
    return answerForms[form](bytes, sequence, about.status).map((action) => ({ ...action, afterMs: delayMs }));
  }

  #receipts(submit: Submit, number: number, { receipt = {}, answer = {} }: Conduct, nowMs: number): Action[] {
    if (!submit.wantsReceipt || this.#dice.fraction() >= (receipt.share ?? 1)) return [];
    const state = this.#thrown(receipt.states ?? [])?.state ?? 'DELIVRD';
    const id = idText(number, receipt.ids ?? answer.ids ?? 'text');
    const told: Told = { id, state, atMs: nowMs };
    const afterMs = (receipt.delayMs ?? 0) + (receipt.isEarly ? 0 : (answer.delayMs ?? 0) + (answer.jitterMs ?? 0));
    const deliver = (about: Told, esmClass: number): Action => {
      const { text, tlvs } = receiptOf(about, receipt.form ?? 'ordinary');
      const fields = addressed(submit, esmClass, text);
      return { afterMs, deed: { deed: 'deliver', delivery: { fields, tlvs, on: receipt.on ?? 'the same bind' } } };
    };
    const copies = Array.from({ length: receipt.copies ?? 1 }, () => deliver(told, RECEIPT));
    const announcement = receipt.isAnnounced ? [deliver({ ...told, state: 'ENROUTE' }, INTERMEDIATE)] : [];
    const stray = receipt.isStray ? [deliver({ ...told, id: `stray-${number}` }, RECEIPT)] : [];
    return [...announcement, ...stray, ...copies];
  }
}

/** SMPP 5.0 §4.8.4.17: congestion_state may stand in an answer of any status, behind its message_id. */
function answerBytes(message_id: string, about: Required<Header>, congestion: number | undefined): Buffer {
  if (congestion === undefined) return pdu('submit_sm_resp', { message_id }, about);
  const body = [Buffer.from(`${message_id}\0`), tlv(CONGESTION_STATE, Buffer.from([congestion]))];
  return frame('submit_sm_resp', Buffer.concat(body), about);
}

const addressed = ({ from, to }: Submit, esm_class: number, text: string): MessageFields => ({
  source_addr_ton: 1,
  source_addr_npi: 1,
  source_addr: to,
  destination_addr: from,
  esm_class,
  short_message: Buffer.from(text, 'latin1'),
});

/** What is said besides an answer. */
function aside({ enquireLink, says }: NonNullable<Conduct['link']>, sequence: number): Action[] {
  const flood = Array.from({ length: FLOOD }, (_, at) => pdu('enquire_link', {}, { sequence: STRANGE_SEQUENCE + at }));
  return [
    ...(enquireLink === 'floods' ? [send(Buffer.concat(flood))] : []),
    ...(says === 'unknown PDU' ? [send(frame(UNKNOWN_COMMAND, 'whatever', { sequence }))] : []),
    ...(says === 'generic_nack' ? [send(pdu('generic_nack', {}, { sequence: STRANGE_SEQUENCE, status: 3 }))] : []),
    ...(says === 'strange answer'
      ? [send(pdu('submit_sm_resp', { message_id: 'strange' }, { sequence: STRANGE_SEQUENCE }))]
      : []),
    ...(says === 'alert_notification'
      ? [send(frame(ALERT_NOTIFICATION, '\u0001\u000110666\0\u0001\u000112025550143\0', { sequence }))]
      : []),
  ];
}

type AnswerForm = NonNullable<NonNullable<Conduct['answer']>['form']>;

/** How an answer leaves, sound or not. */
const answerForms: Readonly<Record<AnswerForm, (answer: Buffer, sequence: number, status: number) => Action[]>> = {
  ordinary: (answer) => [send(answer)],
  none: () => [],
  twice: (answer) => [send(answer), send(answer)],
  generic_nack: (_, sequence, status) => [send(pdu('generic_nack', {}, { sequence, status }))],
  'another sequence': () => [send(pdu('submit_sm_resp', { message_id: 'strange' }, { sequence: STRANGE_SEQUENCE }))],
  'empty id': (_, sequence, status) => [send(pdu('submit_sm_resp', {}, { sequence, status }))],
  'no body': (_, sequence, status) => [send(frame('submit_sm_resp', '', { sequence, status }))],
  'id without end': (_, sequence, status) => [send(frame('submit_sm_resp', 'x'.repeat(30), { sequence, status }))],
  'too long': (answer) => [send(withLength(answer, answer.length + SWALLOWED_OCTETS))],
  'too short': (answer) => [send(withLength(answer, answer.length - 3))],
  'of 4 GiB': (answer) => [send(withLength(answer, FOUR_GIB))],
  'octet by octet': (answer) => [{ afterMs: 0, deed: { deed: 'trickle', bytes: answer } }],
};
