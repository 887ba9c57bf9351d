import type { MessageView } from '../../wire/smpp/message-view.ts';
import { joinTlvs, splitTlvs, tlvOctets } from '../../wire/smpp/raw-tlvs.ts';
import { type TlvName, tlvName, tlvs as tlvTable } from '../../wire/smpp/tlvs.ts';
import type { InboundPart, PlaceInWhole } from '../carrier.ts';

/** UDHI of esm_class, SMPP 3.4 §5.2.12. */
export const USER_DATA_HEADER = 0x40;
/** What is kept of the TLVs of one message: all but what a PDU of the largest size has beyond it. */
const TLV_OCTETS_MAX = 65_535;

/** What is read here, or belongs to receipts and to the conversation with the carrier; all else goes on to the application. */
const ours: ReadonlySet<TlvName | null> = new Set<TlvName>([
  'message_payload',
  'sar_msg_ref_num',
  'sar_total_segments',
  'sar_segment_seqnum',
  'sc_interface_version',
  'receipted_message_id',
  'message_state',
  'network_error_code',
  'delivery_failure_reason',
  'additional_status_info_text',
  'congestion_state',
]);

/** A deliver_sm or data_sm that is a message from a handset. */
export function inboundPart(view: MessageView): InboundPart {
  const { hasTlvs } = view;
  return {
    handset: view.source,
    to: view.destination,
    dataCoding: view.dataCoding,
    hasHeader: (view.esmClass & USER_DATA_HEADER) !== 0,
    octets: view.copyText(),
    protocolId: view.protocolId,
    tlvs: hasTlvs ? passedTlvs(view.tlvOctets()) : null,
    place: hasTlvs ? placeOf(view) : null,
  };
}

function passedTlvs(octets: Buffer): Buffer | null {
  const passed = splitTlvs(octets).filter(({ tag }) => !ours.has(tlvName(tag)));
  while (tlvOctets(passed) > TLV_OCTETS_MAX) passed.pop();
  return joinTlvs(passed);
}

/** Where the carrier numbers the parts; null where it does not, or by numbers that cannot be. */
function placeOf(view: MessageView): PlaceInWhole | null {
  const reference = view.tlv(tlvTable.sar_msg_ref_num.tag);
  const total = view.tlv(tlvTable.sar_total_segments.tag);
  const number = view.tlv(tlvTable.sar_segment_seqnum.tag);
  if (reference?.length !== 2 || total?.length !== 1 || number?.length !== 1) return null;
  const place = { reference: reference.readUInt16BE(0), total: total[0]!, number: number[0]! };
  return place.number > 0 && place.number <= place.total ? place : null;
}
