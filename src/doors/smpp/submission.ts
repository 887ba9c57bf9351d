import type { Credential } from '../../access/index.ts';
import { SECOND_MS } from '../../base/clock.ts';
import { type Fault, fault, faults } from '../../base/fault.ts';
import type { Submission } from '../../messages/index.ts';
import type { MessageView } from '../../wire/smpp/message-view.ts';
import { statuses } from '../../wire/smpp/statuses.ts';
import { parseSmppTime } from '../../wire/smpp/times.ts';
import { tlvs } from '../../wire/smpp/tlvs.ts';
import { receiptsOf } from './registered-delivery.ts';
import { contentOf } from './submitted-content.ts';

// esm_class, SMPP 3.4 §5.2.12
const MODE_MASK = 0x03;
const STORE_AND_FORWARD = 0x03;
const BEYOND_MASK = 0xbc;
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
  if (view.replaceIfPresent > 1) return unsupported('replace_if_present_flag');
  if (view.defaultMessageId !== 0) return unsupported('sm_default_msg_id');
  return null;
}

/** A submit_sm as the river takes it. The class is the first that the credential may send. */
export function submissionOf(view: MessageView, credential: Credential, nowMs: number): Submission | Fault {
  const refusal = beyond(view);
  if (refusal) return refusal;
  const content = contentOf(view);
  if ('code' in content) return content;
  const receipts = receiptsOf(view.registeredDelivery);
  if (!receipts) return unsupported('registered_delivery');
  const times = timesOf(view.scheduleDeliveryTime, view.validityPeriod, nowMs, view.hasTlvs ? timeToLive(view) : null);
  if ('code' in times) return times;
  return {
    credential,
    to: view.destination,
    from: view.source,
    content,
    class: credential.capability.classes[0]!,
    sendAtMs: times.sendAtMs,
    validityMs: times.validityMs,
    reference: view.hasTlvs ? referenceOf(view) : null,
    wantsReceipt: receipts.wantsReceipt,
    failuresOnly: receipts.failuresOnly,
    successOnly: receipts.successOnly,
    wantsUnderway: receipts.wantsUnderway,
    serviceType: view.serviceType || null,
    isOneOfMany: false,
    id: null,
  };
}

const AS_USUAL = { sendAtMs: null, validityMs: null } as const;

/**
 * schedule_delivery_time and validity_period, '' for none. Both are told from now on, but a message is worth sending from
 * the time at which it is to leave. `secondsToLive` is qos_time_to_live, which has precedence.
 */
export function timesOf(
  scheduled: string,
  validity: string,
  nowMs: number,
  secondsToLive: number | null = null,
): { readonly sendAtMs: number | null; readonly validityMs: number | null } | Fault {
  if (scheduled === '' && validity === '' && secondsToLive === null) return AS_USUAL;
  const sendAtMs = timeOf(scheduled, nowMs);
  if (sendAtMs === undefined) return fault('invalid_schedule', { field: 'schedule_delivery_time' });
  const untilMs = secondsToLive === null ? timeOf(validity, nowMs) : nowMs + secondsToLive * SECOND_MS;
  if (untilMs === undefined) return fault('invalid_validity', { field: 'validity_period' });
  return { sendAtMs, validityMs: untilMs === null ? null : untilMs - Math.max(sendAtMs ?? 0, nowMs) };
}

/** SMPP 3.4 §5.3.2.9, in seconds. */
const timeToLive = (view: MessageView): number | null => view.tlv(tlvs.qos_time_to_live.tag)?.readUInt32BE(0) ?? null;

/** user_message_reference is the application's own word for the message, and comes back with its receipt. */
function referenceOf(view: MessageView): string | null {
  const reference = view.tlv(tlvs.user_message_reference.tag);
  return reference?.length === tlvs.user_message_reference.value.bytes ? String(reference.readUInt16BE()) : null;
}

/** Unix ms; null where no time was given, undefined where it is none. */
function timeOf(text: string, nowMs: number): number | null | undefined {
  return text === '' ? null : parseSmppTime(text, nowMs)?.atMs;
}
