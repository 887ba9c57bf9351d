import { type Fault, fault } from '../../base/fault.ts';
import { readDataCoding } from '../../wire/text/data-coding.ts';
import { isGsm7 } from '../../wire/text/gsm7.ts';
import { countSegments, MAX_ELEMENT_OCTETS, roomIn } from '../../wire/text/segments.ts';
import {
  behindHeader,
  concatenationElement,
  readHeader,
  type UserDataHeader,
  writeElements,
} from '../../wire/text/user-data-header.ts';
import type { OctetContent } from '../contract.ts';
import type { Message } from '../message.ts';
import { takeUcs2 } from './take-ucs2.ts';

const tooLong: Fault = fault('text_too_long', { detail: 'A part is one segment, with its header.', field: '/text' });
const wrongCoding: Fault = fault('text_not_encodable', {
  detail: 'Behind a header, or in parts, a text is in GSM 7-bit or UCS-2.',
  field: '/text',
});
const noSeptet: Fault = fault('text_not_encodable', { detail: 'GSM 7-bit has no octet from 0x80 on.', field: '/text' });
const numberedTwice: Fault = fault('parameter_not_allowed', { field: 'sar_msg_ref_num' });
const NO_ELEMENTS = Buffer.alloc(0);

/**
 * A message with a user data header of its own, or a part that is numbered by TLVs, which gets one: a part is told the same
 * way on every road from here. What has no number is one text, however long, with its elements in each part.
 */
export function takeHeader(message: Message, content: OctetContent): Fault | null {
  const { octets, hasUserDataHeader, place } = content;
  const header = hasUserDataHeader ? readHeader(octets) : null;
  if (header?.flaw) return fault('header_invalid', { detail: `The header is wrong: ${header.flaw}.` });
  if (header?.concatenation && place !== null) return numberedTwice;
  const isPart = place !== null || header?.concatenation != null;
  const refusal = takeText(message, octets.subarray(header?.bytes ?? 0), isPart);
  if (refusal) return refusal;
  const elements = elementsOf(content, header);
  // A header of nothing is none. Were it promised, what follows would be read as one.
  if (elements.length === 0) return null;
  if (elements.length > MAX_OCTET) return tooLong;
  const text = message.octets!;
  message.hasHeader = true;
  message.octets = behindHeader(elements, text);
  return isPart ? fitPart(message, text, elements) : fitWhole(message, text, elements);
}

const MAX_OCTET = 0xff;
const SHORT_REFERENCE = 0xff;

/**
 * The elements of the header, and in front of them the number that stood in TLVs. It takes the low eight bits of their
 * reference, whose header leaves a part as much room as the TLVs do: 153 septets or 134 octets.
 */
function elementsOf({ octets, place }: OctetContent, header: UserDataHeader | null): Buffer {
  const own = header === null ? NO_ELEMENTS : octets.subarray(1, header.bytes);
  if (place === null) return own;
  const reference = place.reference & SHORT_REFERENCE;
  return Buffer.concat([writeElements([concatenationElement({ ...place, reference, isWide: false })]), own]);
}

function takeText(message: Message, text: Buffer, isPart: boolean): Fault | null {
  const { alphabet } = readDataCoding(message.dataCoding);
  message.octets = text;
  if (alphabet === 'ucs2') return takeUcs2(message, text, isPart);
  if (alphabet === 'gsm7') return isGsm7(text) ? null : noSeptet;
  return alphabet === 'octets' || alphabet === 'other' ? null : wrongCoding;
}

function fitPart(message: Message, text: Buffer, elements: Buffer): Fault | null {
  message.segments = 1;
  return text.length > roomIn(message.dataCoding, { cutting: 'whole', elements }).whole ? tooLong : null;
}

function fitWhole(message: Message, text: Buffer, elements: Buffer): Fault | null {
  if (text.length <= roomIn(message.dataCoding, { cutting: 'whole', elements }).whole) {
    message.segments = 1;
    return null;
  }
  if (elements.length > MAX_ELEMENT_OCTETS) return tooLong;
  message.segments = countSegments(text, message.dataCoding, { cutting: 'header-8', elements });
  return null;
}
