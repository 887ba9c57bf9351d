import { type Fault, fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import { readDataCoding } from '../../wire/text/data-coding.ts';
import { decodeText, encodeText } from '../../wire/text/encode.ts';
import { isGsm7 } from '../../wire/text/gsm7.ts';
import { countSegments } from '../../wire/text/segments.ts';
import { isConcatenationOnly } from '../../wire/text/user-data-header.ts';
import type { RiverContext } from '../context.ts';
import type { Content } from '../contract.ts';
import type { Encoded, Routed } from '../message.ts';

/** What an octet that stands for no character is decoded to. */
const REPLACED = '\ufffd';
const GSM7 = 0;
const UCS2 = 8;
const HEADER_AND_SEPTETS_MAX = 6 + 153;
const OCTETS_MAX = 140;

/** The octets to send, in the cheaper of the two codings every handset reads, and how many segments they need. */
export function encodeContent(message: Routed, { maxSegments }: RiverContext): Verdict<Encoded> {
  const { content } = message.submission;
  const refusal = content.kind === 'text' ? encodeWords(message, content.text) : takeOctets(message, content);
  if (refusal) return refuse(refusal);
  if (message.octets!.length === 0) return refuse(noText);
  message.segments = message.hasHeader ? 1 : countSegments(message.octets!, message.dataCoding);
  return message.segments > maxSegments ? refuse(tooLong(maxSegments)) : on(message as Encoded);
}

const noText: Fault = fault('text_empty', { field: '/text' });
const tooLong = (most: number): Fault =>
  fault('text_too_long', { detail: `At most ${most} segments.`, field: '/text' });
const notEncodable: Fault = fault('text_not_encodable', { field: '/text' });

function encodeWords(message: Routed, text: string): Fault | null {
  const encoded = encodeText(text);
  if (!encoded) return notEncodable;
  message.dataCoding = encoded.dataCoding;
  message.octets = encoded.octets;
  return null;
}

/** Octets stay as they are where a handset can read them; other character sets are written anew. */
function takeOctets(
  message: Routed,
  { octets, dataCoding, hasUserDataHeader }: Content & { kind: 'octets' },
): Fault | null {
  if (hasUserDataHeader) return takePart(message, octets, dataCoding);
  if (dataCoding === GSM7 ? isGsm7(octets) : dataCoding === UCS2 && octets.length % 2 === 0) {
    message.dataCoding = dataCoding;
    message.octets = octets;
    return null;
  }
  const { messageClass, waiting, isDeletedWhenRead } = readDataCoding(dataCoding);
  // Written anew, a text would lose what its data coding says beside the character set.
  if (messageClass !== null || waiting !== null || isDeletedWhenRead) return notEncodable;
  const text = decodeText(octets, dataCoding);
  return text === null || text.includes(REPLACED) ? notEncodable : encodeWords(message, text);
}

/** One part of a long message that the application cut itself. Headers that do more than join parts are refused. */
function takePart(message: Routed, octets: Buffer, dataCoding: number): Fault | null {
  if (dataCoding !== GSM7 && dataCoding !== UCS2) return notEncodable;
  if (!isConcatenationOnly(octets)) {
    return fault('unsupported_feature', { detail: 'Only user data headers that join the parts of a text are taken.' });
  }
  if (octets.length > (dataCoding === GSM7 ? HEADER_AND_SEPTETS_MAX : OCTETS_MAX)) return tooLong(1);
  message.hasHeader = true;
  message.dataCoding = dataCoding;
  message.octets = octets;
  return null;
}
