import { splitTlvs } from '../../wire/smpp/raw-tlvs.ts';
import type { Tlvs } from '../../wire/smpp/tlvs.ts';
import type { OutboundPart } from '../carrier.ts';

/** sm_length ends at 254 (SMPP 3.4 §5.2.21); what is longer goes in message_payload. */
const SHORT_MESSAGE_MAX = 254;

export const isLong = ({ octets }: OutboundPart): boolean => octets.length > SHORT_MESSAGE_MAX;

/** The optional parameters of a part: where it stands, a text that is long, and what its application passes on; most have none. */
export function outboundTlvs(part: OutboundPart): Tlvs | null {
  const { octets, place, tlvs } = part;
  const hasPayload = isLong(part);
  if (!hasPayload && place === null && tlvs === null) return null;
  return {
    ...(place && {
      sar_msg_ref_num: place.reference,
      sar_total_segments: place.total,
      sar_segment_seqnum: place.number,
    }),
    ...(hasPayload && { message_payload: octets }),
    ...(tlvs && { unknown: splitTlvs(tlvs) }),
  };
}
