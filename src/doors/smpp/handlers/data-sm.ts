import { type Fault, fault } from '../../../base/fault.ts';
import { idText } from '../../../base/id.ts';
import { isFault } from '../../../messages/index.ts';
import { decode, isDecodeFault } from '../../../wire/smpp/decode.ts';
import type { PduFields } from '../../../wire/smpp/pdus.ts';
import { pdus } from '../../../wire/smpp/pdus.ts';
import { asSubmitSm } from '../as-submit-sm.ts';
import type { Session } from '../session.ts';
import { refusedStatus, submissionOf } from '../submission.ts';
import type { Handler } from './handler.ts';

/** An address with its NUL; data_sm has room for those of other networks, to which this gateway does not send. */
const ADDRESS_MAX = pdus.submit_sm.source_addr.max;

const THROTTLED = fault('throttled');

/** data_sm (SMPP 3.4 §4.7): a message like that of a submit_sm, with its text in message_payload. */
export const dataSm: Handler = (session, bytes, at, length, sequence) => {
  const pdu = decode(bytes, at, length);
  if (isDecodeFault(pdu)) return session.unreadable('data_sm', pdu.status, sequence);
  if (pdu.command !== 'data_sm') return;
  if (!session.takesMessage()) return refuse(session, sequence, THROTTLED);
  const tooLong = tooLongAddress(pdu.fields);
  if (tooLong) return refuse(session, sequence, tooLong);
  const view = asSubmitSm(pdu.fields, pdu.tlvs);
  if (isDecodeFault(view)) return session.unreadable('data_sm', view.status, sequence);
  const submission = submissionOf(view, session.credential!, session.deps.clock.now());
  if ('code' in submission) return refuse(session, sequence, submission);
  session.asked();
  session.deps.messages.submit(submission, (answer) => {
    session.answered();
    if (isFault(answer)) refuse(session, sequence, answer);
    else session.answer('data_sm_resp', 0, sequence, { message_id: idText(answer.id) });
  });
};

function tooLongAddress({ source_addr: from, destination_addr: to }: PduFields<'data_sm'>): Fault | null {
  if (from.length >= ADDRESS_MAX) return fault('invalid_sender', { field: 'source_addr' });
  return to.length >= ADDRESS_MAX ? fault('invalid_number', { field: 'destination_addr' }) : null;
}

function refuse(session: Session, sequence: number, why: Fault): void {
  session.deps.log.debug('smpp_submit_refused', { session: session.id, fault: why.code });
  session.answer('data_sm_resp', refusedStatus(why), sequence);
}
