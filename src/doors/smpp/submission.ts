import type { Credential } from '../../access/index.ts';
import { SECOND_MS } from '../../base/clock.ts';
import { type Fault, fault, faults } from '../../base/fault.ts';
import type { Submission } from '../../messages/index.ts';
import type { MessageView } from '../../wire/smpp/message-view.ts';
import { statuses } from '../../wire/smpp/statuses.ts';
import { parseSmppTime } from '../../wire/smpp/times.ts';
import { tlvs } from '../../wire/smpp/tlvs.ts';
import { contentOf } from './submitted-content.ts';

// esm_class, SMPP 3.4 §5.2.12
const MODE_MASK = 0x03;
const STORE_AND_FORWARD = 0x03;
const BEYOND_MASK = 0xbc;
// registered_delivery, SMPP 3.4 §5.2.17; a receipt on success only is of 5.0 (§4.7.21).
const RECEIPT_MASK = 0x03;
const FAILURES_ONLY = 0x02;
const SUCCESS_ONLY = 0x03;
const UNDERWAY = 0x10;
/** Acknowledgements by the handset or its owner, which no carrier is asked for, and reserved bits. */
const BEYOND_DELIVERY_MASK = 0xec;
/** Levels of priority beyond these are reserved (SMPP 3.4 §5.2.14, 5.0 §4.7.18). The class decides the lane, not they. */
const PRIORITY_MAX = 4;

/** Fields that ask for something this gateway does not do, and what SMPP has to say about each. */
const unsupportedFields = {
  esm_class: statuses.ESME_RINVESMCLASS.value,
  priority_flag: statuses.ESME_RINVPRTFLG.value,
  registered_delivery: statuses.ESME_RINVREGDLVFLG.value,
  replace_if_present_flag: statuses.ESME_RINVREPFLAG.value,
  sm_default_msg_id: statuses.ESME_RINVDFTMSGID.value,
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
  if (view.priorityFlag > PRIORITY_MAX) return unsupported('priority_flag');
  if ((view.registeredDelivery & BEYOND_DELIVERY_MASK) !== 0) return unsupported('registered_delivery');
  if (view.replaceIfPresent !== 0) return unsupported('replace_if_present_flag');
  if (view.defaultMessageId !== 0) return unsupported('sm_default_msg_id');
  return null;
}

/** A submit_sm as the river takes it. The class is the first that the credential may send. */
export function submissionOf(view: MessageView, credential: Credential, nowMs: number): Submission | Fault {
  const refusal = beyond(view);
  if (refusal) return refusal;
  const content = contentOf(view);
  if ('code' in content) return content;
  const schedule = timeOf(view.scheduleDeliveryTime, nowMs);
  const validity = view.hasTlvs ? validityWithTlv(view, nowMs) : timeOf(view.validityPeriod, nowMs);
  if (schedule === undefined) return fault('invalid_schedule', { field: 'schedule_delivery_time' });
  if (validity === undefined) return fault('invalid_validity', { field: 'validity_period' });
  return {
    credential,
    to: view.destination,
    from: view.source,
    content,
    class: credential.capability.classes[0]!,
    sendAtMs: schedule,
    validityMs: validity === null ? null : validity - (schedule ?? nowMs),
    reference: view.hasTlvs ? referenceOf(view) : null,
    wantsReceipt: (view.registeredDelivery & RECEIPT_MASK) !== 0,
    failuresOnly: (view.registeredDelivery & RECEIPT_MASK) === FAILURES_ONLY,
    successOnly: (view.registeredDelivery & RECEIPT_MASK) === SUCCESS_ONLY,
    wantsUnderway: (view.registeredDelivery & UNDERWAY) !== 0,
    serviceType: view.serviceType || null,
    isOneOfMany: false,
    id: null,
  };
}

/** qos_time_to_live, in seconds from now, has precedence (SMPP 5.0 §4.8.4.46). */
function validityWithTlv(view: MessageView, nowMs: number): number | null | undefined {
  const seconds = view.tlv(tlvs.qos_time_to_live.tag);
  if (!seconds) return timeOf(view.validityPeriod, nowMs);
  return seconds.length === tlvs.qos_time_to_live.value.bytes ? nowMs + seconds.readUInt32BE() * SECOND_MS : undefined;
}

/** user_message_reference is the application's own word for the message, and comes back with its receipt. */
function referenceOf(view: MessageView): string | null {
  const reference = view.tlv(tlvs.user_message_reference.tag);
  return reference?.length === tlvs.user_message_reference.value.bytes ? String(reference.readUInt16BE()) : null;
}

/** Unix ms; null where no time was given, undefined where it is none. */
function timeOf(text: string, nowMs: number): number | null | undefined {
  return text === '' ? null : parseSmppTime(text, nowMs)?.atMs;
}
