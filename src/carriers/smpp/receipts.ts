import { tlvText } from '../../wire/smpp/decode.ts';
import type { MessageView } from '../../wire/smpp/message-view.ts';
import { readNetworkError } from '../../wire/smpp/network-error.ts';
import { parseReceipt, type ReceiptState, receiptStateOf } from '../../wire/smpp/receipt-text.ts';
import { tlvs } from '../../wire/smpp/tlvs.ts';
import type { CarrierReceipt, ReceiptOutcome } from '../carrier.ts';

// esm_class of a deliver_sm, SMPP 3.4 §5.2.12: bits 5 to 2 tell a receipt, an intermediate notification or a plain message.
const TYPE_MASK = 0x3c;
const RECEIPT = 0x04;
const INTERMEDIATE = 0x20;
const REFERENCE_MAX = 65;

const outcomes: Record<ReceiptState, ReceiptOutcome> = {
  SCHEDULED: 'underway',
  ENROUTE: 'underway',
  ACCEPTD: 'underway',
  DELIVRD: 'delivered',
  EXPIRED: 'expired',
  DELETED: 'undelivered',
  UNDELIV: 'undelivered',
  UNKNOWN: 'undelivered',
  REJECTD: 'undelivered',
};

/** Whether a deliver_sm tells of a message of ours, rather than being one. */
export const isReceipt = ({ esmClass }: MessageView): boolean =>
  (esmClass & TYPE_MASK) === RECEIPT || (esmClass & TYPE_MASK) === INTERMEDIATE;

/** What a receipt says, from its TLVs where it has them, else from its text (SMPP 3.4 appendix B). Null where it names nothing. */
export function readReceipt(view: MessageView): CarrierReceipt | null {
  const text = parseReceipt(view.text());
  const idTlv = view.hasTlvs ? view.tlv(tlvs.receipted_message_id.tag) : null;
  const stateTlv = view.hasTlvs ? view.tlv(tlvs.message_state.tag) : null;
  const reference = (idTlv && tlvText(idTlv, REFERENCE_MAX)) || text?.messageId;
  const state = (stateTlv?.length === 1 && receiptStateOf(stateTlv[0]!)) || text?.state;
  if (!reference || !state) return null;
  return {
    reference,
    outcome: outcomes[state],
    code: codeOf(text?.error ?? null) || networkError(view),
    handset: view.source,
    sender: view.destination,
  };
}

/** The network error code as far as it is a number. */
function codeOf(error: string | null): number {
  return error !== null && /^\d{1,9}$/.test(error) ? Number(error) : 0;
}

function networkError(view: MessageView): number {
  const value = view.hasTlvs ? view.tlv(tlvs.network_error_code.tag) : null;
  return (value && readNetworkError(value)?.code) ?? 0;
}
