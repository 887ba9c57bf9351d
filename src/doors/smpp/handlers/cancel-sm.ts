import type { Fault } from '../../../base/fault.ts';
import { decode, isDecodeFault } from '../../../wire/smpp/decode.ts';
import type { PduFields } from '../../../wire/smpp/pdus.ts';
import { statuses } from '../../../wire/smpp/statuses.ts';
import { ask, isThrottled, statusOf } from '../ask.ts';
import type { Session } from '../session.ts';
import type { Handler } from './handler.ts';
import { askedOf } from './query-sm.ts';

const FAILED = statuses.ESME_RCANCELFAIL.value;

/** cancel_sm (SMPP 3.4 §4.9): one message by its id, or those that wait from one address to another. */
export const cancelSm: Handler = (session, bytes, at, length, sequence) => {
  const pdu = decode(bytes, at, length);
  if (isDecodeFault(pdu)) return session.unreadable('cancel_sm', pdu.status, sequence);
  if (pdu.command !== 'cancel_sm') return;
  if (isThrottled(session, 'cancel_sm', sequence)) return;
  const { fields } = pdu;
  const isOne = fields.message_id !== '';
  void ask(session, isOne ? cancelOne(session, fields) : cancelWaiting(session, fields), (refusal) => {
    const status = refusal === null ? 0 : statusOf(refusal, FAILED);
    // Where no id was given, no id is wrong: there is nothing to be cancelled.
    const isNothing = !isOne && refusal?.code === 'message_not_found';
    session.answer('cancel_sm_resp', isNothing ? FAILED : status, sequence);
  });
};

type Fields = PduFields<'cancel_sm'>;

const cancelOne = (session: Session, { message_id: id, source_addr: from, destination_addr: to }: Fields) =>
  session.deps.own.cancel({ ...askedOf(session, id, from), to: to || null });

/** Each message that is stopped counts in the rate; the request itself has counted as one. */
async function cancelWaiting(session: Session, fields: Fields): Promise<Fault | null> {
  const { cancelled, refusal } = await session.deps.own.cancelWaiting({
    credential: session.credential!,
    by: session.actor,
    from: fields.source_addr,
    to: fields.destination_addr,
    serviceType: fields.service_type || null,
  });
  session.application!.charge(cancelled - 1, session.deps.clock.elapsed());
  return refusal;
}
