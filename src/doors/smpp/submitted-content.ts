import { type Fault, fault } from '../../base/fault.ts';
import type { OctetContent } from '../../messages/index.ts';
import type { MessageView } from '../../wire/smpp/message-view.ts';
import { tlvs } from '../../wire/smpp/tlvs.ts';
import { passedTlvs } from './submitted-tlvs.ts';

/** UDHI of esm_class, SMPP 3.4 §5.2.12. */
const USER_DATA_HEADER = 0x40;

/** What a message that was handed in is made of: its octets, and what goes with them. */
export function contentOf(view: MessageView): OctetContent | Fault {
  const hasUserDataHeader = (view.esmClass & USER_DATA_HEADER) !== 0;
  const { dataCoding, protocolId } = view;
  if (!view.hasTlvs) {
    return {
      kind: 'octets',
      octets: view.copyText(),
      dataCoding,
      hasUserDataHeader,
      protocolId,
      tlvs: null,
      place: null,
    };
  }
  const passed = passedTlvs(view.tlvOctets());
  if (passed !== null && 'code' in passed) return passed;
  const place = placeOf(view);
  if (place !== null && 'code' in place) return place;
  return { kind: 'octets', octets: view.copyText(), dataCoding, hasUserDataHeader, protocolId, tlvs: passed, place };
}

const placeNames = ['sar_msg_ref_num', 'sar_total_segments', 'sar_segment_seqnum'] as const;

/** The place of a part that is numbered by TLVs. All three of them belong together (SMPP 3.4 §5.3.2.22 to 24). */
function placeOf(view: MessageView): OctetContent['place'] | Fault {
  const [reference, total, number] = placeNames.map((name) => view.tlv(tlvs[name].tag));
  if (!reference && !total && !number) return null;
  if (!reference || !total || !number) {
    const missing = placeNames.find((name) => view.tlv(tlvs[name].tag) === null)!;
    return fault('parameter_missing', { field: missing });
  }
  const place = { reference: reference.readUInt16BE(0), total: total[0]!, number: number[0]! };
  if (place.total === 0) return fault('parameter_invalid', { field: 'sar_total_segments' });
  if (place.number === 0 || place.number > place.total) {
    return fault('parameter_invalid', { field: 'sar_segment_seqnum' });
  }
  return place.total === 1 ? null : place;
}
