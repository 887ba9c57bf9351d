import type { Credential } from '../../access/index.ts';
import { type Fault, fault, faults } from '../../base/fault.ts';
import type { Submission } from '../../messages/index.ts';
import type { MessageView } from '../../wire/smpp/message-view.ts';
import { statuses } from '../../wire/smpp/statuses.ts';
import { parseSmppTime } from '../../wire/smpp/times.ts';
import { tlvs } from '../../wire/smpp/tlvs.ts';

// esm_class, SMPP 3.4 §5.2.12
const MODE_MASK = 0x03;
const STORE_AND_FORWARD = 0x03;
const USER_DATA_HEADER = 0x40;
const BEYOND_MASK = 0xbc;
// registered_delivery, SMPP 3.4 §5.2.17
const RECEIPT_MASK = 0x03;
const FAILURES_ONLY = 0x02;

/** Fields that ask for something this gateway does not do, and what SMPP has to say about each. */
const unsupportedFields = {
  esm_class: statuses.ESME_RINVESMCLASS.value,
  protocol_id: statuses.ESME_RSUBMITFAIL.value,
  replace_if_present_flag: statuses.ESME_RINVREPFLAG.value,
  sm_default_msg_id: statuses.ESME_RINVDFTMSGID.value,
  sar_msg_ref_num: statuses.ESME_ROPTPARNOTALLWD.value,
} as const;

const unsupported = (field: keyof typeof unsupportedFields): Fault => fault('unsupported_feature', { field });

/** The command_status that tells why a submit_sm is refused. */
export const refusedStatus = ({ code, field = '' }: Fault): number =>
  code === 'unsupported_feature' && field in unsupportedFields
    ? unsupportedFields[field as keyof typeof unsupportedFields]
    : faults[code].smpp;

/** What of a submit_sm this gateway does not do, so that nothing of it is left out silently. */
function beyond(view: MessageView): Fault | null {
  const mode = view.esmClass & MODE_MASK;
  if ((mode !== 0 && mode !== STORE_AND_FORWARD) || (view.esmClass & BEYOND_MASK) !== 0)
    return unsupported('esm_class');
  if (view.protocolId !== 0) return unsupported('protocol_id');
  if (view.replaceIfPresent !== 0) return unsupported('replace_if_present_flag');
  if (view.defaultMessageId !== 0) return unsupported('sm_default_msg_id');
  if (view.hasTlvs && view.tlv(tlvs.sar_msg_ref_num.tag)) return unsupported('sar_msg_ref_num');
  return null;
}

/** A submit_sm as the river takes it. The class is the first that the credential may send. */
export function submissionOf(view: MessageView, credential: Credential, nowMs: number): Submission | Fault {
  const refusal = beyond(view);
  if (refusal) return refusal;
  const schedule = timeOf(view.scheduleDeliveryTime, nowMs);
  const validity = timeOf(view.validityPeriod, nowMs);
  if (schedule === undefined) return fault('invalid_schedule', { field: 'schedule_delivery_time' });
  if (validity === undefined) return fault('invalid_validity', { field: 'validity_period' });
  return {
    credential,
    to: view.destination,
    from: view.source,
    content: {
      kind: 'octets',
      octets: view.copyText(),
      dataCoding: view.dataCoding,
      hasUserDataHeader: (view.esmClass & USER_DATA_HEADER) !== 0,
    },
    class: credential.capability.classes[0]!,
    sendAtMs: schedule,
    validityMs: validity === null ? null : validity - (schedule ?? nowMs),
    reference: null,
    wantsReceipt: (view.registeredDelivery & RECEIPT_MASK) !== 0,
    failuresOnly: (view.registeredDelivery & RECEIPT_MASK) === FAILURES_ONLY,
    id: null,
  };
}

/** Unix ms; null where no time was given, undefined where it is none. */
function timeOf(text: string, nowMs: number): number | null | undefined {
  return text === '' ? null : parseSmppTime(text, nowMs)?.atMs;
}
