import { idText, runOf } from '../../base/id.ts';
import type { Notice } from '../../messages/index.ts';
import { addressing, senderKind } from '../../wire/number/sender.ts';
import { outgoingMessage, type PduWriter } from '../../wire/smpp/pdu-writer.ts';
import { splitTlvs } from '../../wire/smpp/raw-tlvs.ts';
import { formatReceipt, type ReceiptState, receiptStates } from '../../wire/smpp/receipt-text.ts';
import type { Tlvs } from '../../wire/smpp/tlvs.ts';
import { hasTlv, VERSION_3_3, type Version } from '../../wire/smpp/version.ts';
import { receiptStateFor } from './message-states.ts';
import { SHORT_MESSAGE_MAX } from './notice-parts.ts';

// esm_class of a deliver_sm, SMPP 3.4 §5.2.12
const RECEIPT = 0x04;
const UNDERWAY = 0x20;
const USER_DATA_HEADER = 0x40;

/** The states whose code is one of the network and not of us. */
const networkStates: ReadonlySet<ReceiptState> = new Set(['DELIVRD', 'UNDELIV', 'EXPIRED', 'ENROUTE']);
const GSM = 3;

const message = outgoingMessage();

/**
 * Writes the deliver_sm that tells a notice: a receipt, or a message from a handset, with the TLVs that the version knows.
 * A message that does not fit without message_payload has it in any case.
 */
export function writeNotice(out: PduWriter, sequence: number, notice: Notice, version: Version): void {
  const { ton, npi } = addressing(senderKind(notice.sender) ?? 'alphanumeric');
  message.sourceTon = message.sourceNpi = 1;
  message.source = notice.handset;
  message.destinationTon = ton;
  message.destinationNpi = npi;
  message.destination = notice.sender;
  if (notice.content) writeInbound(out, sequence, notice.content, version);
  else writeReceipt(out, sequence, notice, version);
}

type Content = NonNullable<Notice['content']>;

function writeInbound(out: PduWriter, sequence: number, content: Content, version: Version): void {
  message.esmClass = content.hasHeader ? USER_DATA_HEADER : 0;
  message.dataCoding = content.dataCoding;
  const isLong = content.octets.length > SHORT_MESSAGE_MAX;
  message.text = isLong ? '' : content.octets;
  message.protocolId = content.protocolId;
  out.deliverSm(sequence, message, inboundTlvs(content, isLong, version));
  message.protocolId = 0;
}

function inboundTlvs({ octets, tlvs }: Content, isLong: boolean, version: Version): Tlvs | null {
  if (!isLong && tlvs === null) return null;
  const known = tlvs === null ? [] : splitTlvs(tlvs).filter(({ tag }) => hasTlv(version, tag));
  return { ...(isLong && { message_payload: octets }), ...(known.length > 0 && { unknown: known }) };
}

function writeReceipt(out: PduWriter, sequence: number, notice: Notice, version: Version): void {
  const state = receiptStateFor(notice.state);
  const messageId = idText(notice.isOneOfMany ? runOf(notice.messageId) : notice.messageId);
  message.esmClass = state === 'ENROUTE' ? UNDERWAY : RECEIPT;
  message.dataCoding = 0;
  message.text = formatReceipt({
    messageId,
    state,
    submittedAtMs: notice.acceptedAtMs,
    doneAtMs: notice.doneAtMs,
    error: String(notice.code % 1000).padStart(3, '0'),
    text: '',
  });
  if (version === VERSION_3_3) return out.deliverSm(sequence, message);
  const tlvs: Tlvs = { receipted_message_id: messageId, message_state: receiptStates[state].number };
  if (notice.reference !== null) addReference(tlvs, notice.reference);
  if (notice.code > 0 && networkStates.has(state)) tlvs.network_error_code = networkError(notice.code);
  out.deliverSm(sequence, message, tlvs);
}

/** Its own word for the message, where that is a user_message_reference (SMPP 3.4 §5.3.2.17). */
function addReference(tlvs: Tlvs, reference: string): void {
  const value = Number(reference);
  if (String(value) === reference && value >= 0 && value <= 0xffff && Number.isInteger(value))
    tlvs.user_message_reference = value;
}

/** SMPP 3.4 §5.3.2.31: the kind of network, and its code. */
function networkError(code: number): Buffer {
  const octets = Buffer.from([GSM, 0, 0]);
  octets.writeUInt16BE(code & 0xffff, 1);
  return octets;
}
