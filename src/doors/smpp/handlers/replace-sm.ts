import { type Fault, fault } from '../../../base/fault.ts';
import type { Replacement } from '../../../messages/index.ts';
import { decode, isDecodeFault, type Pdu } from '../../../wire/smpp/decode.ts';
import { statuses } from '../../../wire/smpp/statuses.ts';
import { ask, isThrottled, statusOf } from '../ask.ts';
import { receiptsOf } from '../registered-delivery.ts';
import { refusedStatus, timesOf } from '../submission.ts';
import type { Handler } from './handler.ts';
import { askedOf } from './query-sm.ts';

const FAILED = statuses.ESME_RREPLACEFAIL.value;

/** replace_sm (SMPP 3.4 §4.10): another text, time and validity for a message that waits for its time. */
export const replaceSm: Handler = (session, bytes, at, length, sequence) => {
  const pdu = decode(bytes, at, length);
  if (isDecodeFault(pdu)) return session.unreadable('replace_sm', pdu.status, sequence);
  if (pdu.command !== 'replace_sm') return;
  if (hasTwoTexts(pdu)) return session.unreadable('replace_sm', statuses.ESME_RINVMSGLEN.value, sequence);
  if (isThrottled(session, 'replace_sm', sequence)) return;
  const replacement = replacementOf(pdu, session.deps.clock.now());
  if ('code' in replacement) return session.answer('replace_sm_resp', refusedStatus(replacement), sequence);
  const asked = askedOf(session, pdu.fields.message_id, pdu.fields.source_addr);
  void ask(session, session.deps.own.replace(asked, replacement), (refusal) => {
    session.answer('replace_sm_resp', refusal === null ? 0 : statusOf(refusal, FAILED), sequence);
  });
};

type ReplaceSm = Extract<Pdu, { command: 'replace_sm' }>;

/** message_payload stands for short_message since SMPP 5.0 (§4.5.3), and not beside it. */
const hasTwoTexts = ({ fields, tlvs }: ReplaceSm): boolean =>
  fields.short_message.length > 0 && tlvs.message_payload !== undefined;

function replacementOf({ fields, tlvs }: ReplaceSm, nowMs: number): Replacement | Fault {
  if (fields.sm_default_msg_id !== 0) return fault('unsupported_feature', { field: 'sm_default_msg_id' });
  const receipts = receiptsOf(fields.registered_delivery);
  if (!receipts) return fault('unsupported_feature', { field: 'registered_delivery' });
  const times = timesOf(fields.schedule_delivery_time, fields.validity_period, nowMs);
  if ('code' in times) return times;
  const { sendAtMs, validityMs } = times;
  const expiresAtMs = validityMs === null ? null : Math.max(sendAtMs ?? 0, nowMs) + validityMs;
  return { octets: tlvs.message_payload ?? fields.short_message, sendAtMs, expiresAtMs, ...receipts };
}
