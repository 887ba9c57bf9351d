import { type Static, Type } from 'typebox';
import type { FaultCode } from '../../../base/fault.ts';
import { messageClasses, states } from '../../../messages/index.ts';
import { limits } from '../limits.ts';
import { problemFields } from './problem.ts';
import { closed, line, oneOf, orNull, timeIn, timeOut } from './shape.ts';

const TEXT_CHARACTERS = 40_000;
const REFERENCE_CHARACTERS = 64;
const NUMBER_CHARACTERS = 32;
const SENDER_CHARACTERS = 21;
const VALIDITY_SECONDS_MAX = 30 * 24 * 3600;
const PAGE_MESSAGES = 100;

const stateNames = Object.keys(states) as (keyof typeof states)[];

export const messageId = Type.String({
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
  description: 'UUIDv7 (RFC 9562).',
});

const number = line(1, NUMBER_CHARACTERS, 'A telephone number in E.164, e.g. +12025550143.');

export const messageToSend = closed(
  {
    to: number,
    from: line(1, SENDER_CHARACTERS, 'A short code, long code or alphanumeric sender that the key may use.'),
    text: Type.String({
      maxLength: TEXT_CHARACTERS,
      pattern: '^\\P{Cs}*$',
      description: 'Sent in the GSM 7-bit alphabet where that has every character, else in UCS-2.',
    }),
    class: Type.Optional(oneOf(messageClasses, 'What the message is for; transactional where it is left out.')),
    sendAt: Type.Optional(timeIn('Not before this time.')),
    validitySeconds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: VALIDITY_SECONDS_MAX, description: 'How long it is worth sending.' }),
    ),
    reference: Type.Optional(line(1, REFERENCE_CHARACTERS, 'Your own word for it, given back with every notice.')),
  },
  { title: 'MessageToSend' },
);
export type MessageToSend = Static<typeof messageToSend>;

export const batchToSend = closed(
  { messages: Type.Array(messageToSend, { minItems: 1, maxItems: limits.batchMessages }) },
  { title: 'BatchToSend' },
);
export type BatchToSend = Static<typeof batchToSend>;

const encoding = oneOf(['gsm7', 'ucs2', 'ascii', 'latin1', 'binary', 'other']);

const acceptance = {
  id: messageId,
  state: oneOf(['accepted', 'scheduled']),
  segments: Type.Integer({ minimum: 1, description: 'How many SMS it takes.' }),
  encoding,
  acceptedAt: timeOut,
  expiresAt: timeOut,
};

export const acceptedMessage = closed(acceptance, {
  title: 'AcceptedMessage',
  description: 'It is stored durably and will end in a final state.',
});
export type AcceptedMessage = Static<typeof acceptedMessage>;

/** What can be wrong with one message that matches the schema. */
export const messageFaults = [
  'sender_not_allowed',
  'class_not_allowed',
  'recipient_suppressed',
  'invalid_number',
  'invalid_sender',
  'text_empty',
  'text_too_long',
  'text_not_encodable',
  'unsupported_feature',
  'invalid_schedule',
  'invalid_validity',
  'no_route',
  'throttled',
  'store_unavailable',
  'store_full',
  'stopping',
] as const satisfies readonly FaultCode[];

const messageProblem = closed(problemFields(messageFaults), { title: 'MessageProblem' });
export type MessageProblem = Static<typeof messageProblem>;

const refusedMessage = closed({ status: oneOf(['refused']), problem: messageProblem });
const takenMessage = closed({ status: oneOf(['accepted']), ...acceptance });

export const batchAnswer = closed(
  { results: Type.Array(Type.Union([takenMessage, refusedMessage]), { description: 'In the order of the messages.' }) },
  { title: 'BatchAnswer' },
);
export type BatchResult = Static<typeof batchAnswer>['results'][number];

const timelineEntry = closed({
  at: timeOut,
  state: oneOf(stateNames),
  segment: Type.Integer({ minimum: 0, description: '0 for the whole message, else the segment it is about.' }),
  carrier: orNull(Type.String()),
  code: Type.Integer({
    description: 'SMPP command_status or the network error code of a receipt; 0 where there is none.',
  }),
});

export const message = closed(
  {
    id: messageId,
    direction: oneOf(['mt', 'mo'], 'mt: to the handset; mo: from it.'),
    state: oneOf(stateNames),
    to: orNull(
      Type.String({
        description: 'The number of the handset, all but its last two digits masked; null of who was erased.',
      }),
    ),
    from: Type.String(),
    class: oneOf(messageClasses),
    segments: Type.Integer({ minimum: 1 }),
    encoding,
    reference: orNull(Type.String()),
    acceptedAt: timeOut,
    expiresAt: timeOut,
    timeline: Type.Array(timelineEntry),
  },
  { title: 'Message' },
);
export type MessageAnswer = Static<typeof message>;

export const messageSearch = closed(
  {
    recipient: Type.Optional(number),
    state: Type.Optional(oneOf(stateNames)),
    since: Type.Optional(timeIn('Accepted at or after this time.')),
    until: Type.Optional(timeIn('Accepted before this time.')),
    cursor: Type.Optional(messageId),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_MESSAGES })),
  },
  { title: 'MessageSearch', description: 'Newest first. All conditions must hold.' },
);
export type MessageSearchBody = Static<typeof messageSearch>;
export const pageMessages = PAGE_MESSAGES;

export const messagePage = closed(
  { messages: Type.Array(message), next: orNull(messageId) },
  { title: 'MessagePage', description: '`next` is the cursor of the page that follows; null at the end.' },
);
