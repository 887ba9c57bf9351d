import { type Static, type TProperties, Type } from 'typebox';
import type { ReceiptState } from '../../wire/smpp/receipt-text.ts';
import { receiptStates } from '../../wire/smpp/receipt-text.ts';
import { type StatusName, statuses } from '../../wire/smpp/statuses.ts';

const HOUR_MS = 3_600_000;

const closed = <T extends TProperties>(properties: T) =>
  Type.Partial(Type.Object(properties), { additionalProperties: false });
const oneOf = <const W extends string>(...words: W[]) => Type.Enum(words);
const Status = oneOf(...(Object.keys(statuses) as StatusName[]));
const State = oneOf(...(Object.keys(receiptStates) as ReceiptState[]));
const DelayMs = Type.Integer({ minimum: 0, maximum: 24 * HOUR_MS });
const Share = Type.Number({ minimum: 0, maximum: 1 });
/** How a message_id is written: the same number in other clothes. */
const Ids = oneOf('text', 'decimal', 'hex', 'upper case hex', 'leading zeros', 'long');
const Address = Type.String({ minLength: 1, maxLength: 20 });

const Bind = closed({
  status: Status,
  /** False: a bind is never answered. */
  answers: Type.Boolean(),
  delayMs: DelayMs,
  version: oneOf('3.3', '3.4', '5.0'),
  /** What is said in the place of SMPP, as soon as somebody connects. */
  greeting: oneOf('http', 'tls', 'amqp', 'garbage'),
});

const AnswerTo = closed({
  status: Status,
  /** Of so many submit_sm, one is treated as this section says, and the others in the ordinary way. */
  every: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  /** By chance: each share of the messages is answered with its status. */
  chances: Type.Array(Type.Object({ status: Status, share: Share }, { additionalProperties: false }), { maxItems: 20 }),
  delayMs: DelayMs,
  /** By up to so much later, by chance: answers come out of order. */
  jitterMs: DelayMs,
  form: oneOf(
    'ordinary',
    'none',
    'twice',
    'generic_nack',
    'another sequence',
    'empty id',
    'no body',
    'id without end',
    'too long',
    'too short',
    'of 4 GiB',
    'octet by octet',
  ),
  ids: Ids,
  /** congestion_state (SMPP 5.0 §4.8.4.17), 0 to 99. */
  congestion: Type.Integer({ minimum: 0, maximum: 99 }),
});

const Rate = closed({
  perSecond: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  /** From this time on it is half of that. */
  halvesAfterMs: DelayMs,
  status: Status,
});

const ReceiptOf = closed({
  /** Which share of the messages has one. */
  share: Share,
  delayMs: DelayMs,
  /** Before the submit_sm is answered. */
  isEarly: Type.Boolean(),
  copies: Type.Integer({ minimum: 1, maximum: 10 }),
  states: Type.Array(Type.Object({ state: State, share: Share }, { additionalProperties: false }), { maxItems: 9 }),
  ids: Ids,
  form: oneOf('ordinary', 'lower case', 'four-digit years', 'seconds', 'missing fields', 'TLVs only', 'another order'),
  /** An intermediate notification goes before it. */
  isAnnounced: Type.Boolean(),
  on: oneOf('the same bind', 'another bind'),
  /** It is about a message that never was. */
  isStray: Type.Boolean(),
});

const LinkOf = closed({
  enquireLink: oneOf('answers', 'ignores', 'floods'),
  /** After so many submit_sm it is dropped, before the answer to the last. */
  dropAfter: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  drop: oneOf('reset', 'close', 'unbind'),
  /** Said between the PDUs, with every submit_sm. */
  says: oneOf('unknown PDU', 'generic_nack', 'strange answer', 'alert_notification'),
});

/** Messages from handsets, on a schedule. */
const Inbound = Type.Object(
  {
    from: Address,
    to: Address,
    text: Type.String({ minLength: 1, maxLength: 1000 }),
    everyMs: Type.Integer({ minimum: 1, maximum: HOUR_MS }),
    times: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    parts: Type.Optional(oneOf('in order', 'out of order', 'duplicate', 'overlapping', 'missing', 'contradictory')),
  },
  { additionalProperties: false },
);

const ofOneMessage = { answer: AnswerTo, receipt: ReceiptOf, link: LinkOf };
const sections = { ...ofOneMessage, bind: Bind, rate: Rate, inbound: Type.Array(Inbound, { maxItems: 100 }) };
const Behave = Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 });

/** How the SMSC behaves; what is left out, it does as it should. A behaviour of the table is one of these. */
const ConductSchema = closed(sections);
export type Conduct = Static<typeof ConductSchema>;

/** For the messages it matches, how the SMSC behaves instead. */
const Rule = closed({
  /** The first digits of the handset. */
  to: Address,
  from: Address,
  /** Only the n-th of these, or every n-th. */
  nth: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  every: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  behave: Behave,
  ...ofOneMessage,
});
export type Rule = Static<typeof Rule>;

/** What a script file says: how the SMSC behaves, and how it does for some messages. */
export const Script = closed({
  /** Whose binds are taken; everybody's where it is left out. */
  systemId: Type.String({ minLength: 1, maxLength: 15 }),
  password: Type.String({ minLength: 1, maxLength: 8 }),
  behave: Behave,
  ...sections,
  rules: Type.Array(Rule, { maxItems: 1000 }),
});
export type Script = Static<typeof Script>;
export type InboundPlan = Static<typeof Inbound>;
export type IdForm = Static<typeof Ids>;
export type ReceiptForm = NonNullable<NonNullable<Conduct['receipt']>['form']>;

/** Later conducts say what earlier ones leave open, and change what they say otherwise. */
export function merged(conducts: readonly Conduct[]): Conduct {
  const whole: Record<string, unknown> = {};
  for (const conduct of conducts) {
    for (const [section, says] of Object.entries(conduct)) {
      const before = whole[section];
      whole[section] = Array.isArray(says)
        ? [...((before as unknown[] | undefined) ?? []), ...says]
        : { ...(before as object | undefined), ...says };
    }
  }
  return whole;
}
