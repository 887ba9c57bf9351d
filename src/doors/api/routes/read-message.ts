import type { Credential } from '../../../access/index.ts';
import { fault } from '../../../base/fault.ts';
import { type Id, parseId } from '../../../base/id.ts';
import type { MessageSearch, Submission } from '../../../messages/index.ts';
import { type MessageSearchBody, type MessageToSend, pageMessages } from '../schemas/message.ts';

const MS_PER_SECOND = 1000;

const readTime = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

/** What the caller wrote, as the river takes it. A time that the calendar does not have becomes NaN; see `impossibleTime`. */
export const readMessage = (message: MessageToSend, credential: Credential, id: Id | null): Submission => ({
  credential,
  to: message.to,
  from: message.from,
  content: { kind: 'text', text: message.text },
  class: message.class ?? 'transactional',
  sendAtMs: readTime(message.sendAt),
  validityMs: message.validitySeconds === undefined ? null : message.validitySeconds * MS_PER_SECOND,
  reference: message.reference ?? null,
  wantsReceipt: false,
  failuresOnly: false,
  successOnly: false,
  wantsUnderway: false,
  serviceType: null,
  isOneOfMany: false,
  id,
});

/** The leap second of RFC 3339 matches its format, and is no time to keep. */
export const impossibleTime = (timeMs: number | null) =>
  Number.isNaN(timeMs) ? fault('invalid_schedule', { field: '/sendAt' }) : null;

export function readSearch(body: MessageSearchBody, accountId: number): MessageSearch {
  return {
    accountId,
    recipient: body.recipient ?? null,
    state: body.state ?? null,
    fromMs: readTime(body.since),
    untilMs: readTime(body.until),
    after: body.cursor === undefined ? null : parseId(body.cursor),
    limit: body.limit ?? pageMessages,
  };
}
