import type { Fault } from '../../../base/fault.ts';
import { parseId } from '../../../base/id.ts';
import type { Asked, Progress } from '../../../messages/index.ts';
import { decode, isDecodeFault } from '../../../wire/smpp/decode.ts';
import { statuses } from '../../../wire/smpp/statuses.ts';
import { formatSmppTime } from '../../../wire/smpp/times.ts';
import { ask, isThrottled, statusOf } from '../ask.ts';
import { messageStateOf } from '../message-states.ts';
import type { Session } from '../session.ts';
import type { Handler } from './handler.ts';

const FAILED = statuses.ESME_RQUERYFAIL.value;
/** error_code is one octet, which the codes of some networks do not fit. */
const ERROR_CODE_MAX = 0xff;

/** query_sm (SMPP 3.4 §4.8): what has become of a message. */
export const querySm: Handler = (session, bytes, at, length, sequence) => {
  const pdu = decode(bytes, at, length);
  if (isDecodeFault(pdu)) return session.unreadable('query_sm', pdu.status, sequence);
  if (pdu.command !== 'query_sm') return;
  if (isThrottled(session, 'query_sm', sequence)) return;
  const { message_id: messageId, source_addr: from } = pdu.fields;
  void ask(session, session.deps.own.progress(askedOf(session, messageId, from)), (known) => {
    if (isFault(known)) return session.answer('query_sm_resp', statusOf(known, FAILED), sequence);
    session.answer('query_sm_resp', 0, sequence, {
      message_id: messageId,
      final_date: known.doneAtMs === null ? '' : formatSmppTime(known.doneAtMs),
      message_state: messageStateOf(known.state, session.version),
      error_code: Math.min(known.code, ERROR_CODE_MAX),
    });
  });
};

const isFault = (known: Progress | Fault): known is Fault => !('state' in known);

/** An id that is none of ours is like one that is not known. */
const UNKNOWN = Buffer.alloc(16);

export const askedOf = (session: Session, messageId: string, from: string): Asked => ({
  credential: session.credential!,
  by: session.actor,
  id: parseId(messageId) ?? UNKNOWN,
  from,
});
