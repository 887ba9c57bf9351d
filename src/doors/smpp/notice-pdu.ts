import { idText } from '../../base/id.ts';
import { must } from '../../base/must.ts';
import type { MessageState, Notice } from '../../messages/index.ts';
import { addressing, senderKind } from '../../wire/number/sender.ts';
import { outgoingMessage, type PduWriter } from '../../wire/smpp/pdu-writer.ts';
import { pdus } from '../../wire/smpp/pdus.ts';
import { formatReceipt, type ReceiptState, receiptStates } from '../../wire/smpp/receipt-text.ts';

const RECEIPT = 0x04;
const USER_DATA_HEADER = 0x40;
/** What is longer goes in message_payload (SMPP 3.4 §5.3.2.32): a carrier may hand it in that way. */
const SHORT_MESSAGE_MAX = pdus.deliver_sm.short_message.max;

/** How a receipt names the end of a message (SMPP 3.4 appendix B). */
const receiptNames: Partial<Record<MessageState, ReceiptState>> = {
  delivered: 'DELIVRD',
  undelivered: 'UNDELIV',
  expired: 'EXPIRED',
  failed: 'REJECTD',
  cancelled: 'DELETED',
  unknown: 'UNKNOWN',
};

const message = outgoingMessage();

/** Writes the deliver_sm that tells a notice: a receipt, or a message from a handset. */
export function writeNotice(out: PduWriter, sequence: number, notice: Notice): void {
  const { ton, npi } = addressing(senderKind(notice.sender) ?? 'alphanumeric');
  message.sourceTon = message.sourceNpi = 1;
  message.source = notice.handset;
  message.destinationTon = ton;
  message.destinationNpi = npi;
  message.destination = notice.sender;
  if (notice.content) writeInbound(out, sequence, notice.content);
  else writeReceipt(out, sequence, notice);
}

function writeInbound(out: PduWriter, sequence: number, content: NonNullable<Notice['content']>): void {
  message.esmClass = content.hasHeader ? USER_DATA_HEADER : 0;
  message.dataCoding = content.dataCoding;
  const isLong = content.octets.length > SHORT_MESSAGE_MAX;
  message.text = isLong ? '' : content.octets;
  out.deliverSm(sequence, message, isLong ? { message_payload: content.octets } : null);
}

function writeReceipt(out: PduWriter, sequence: number, notice: Notice): void {
  const state = receiptNames[notice.state];
  must(state, 'a notice without content tells of an end');
  const messageId = idText(notice.messageId);
  message.esmClass = RECEIPT;
  message.dataCoding = 0;
  message.text = formatReceipt({
    messageId,
    state,
    submittedAtMs: notice.acceptedAtMs,
    doneAtMs: notice.doneAtMs,
    error: String(notice.code % 1000).padStart(3, '0'),
    text: '',
  });
  out.deliverSm(sequence, message, { receipted_message_id: messageId, message_state: receiptStates[state].number });
}
