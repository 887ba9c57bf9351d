import { type Fault, fault } from '../../base/fault.ts';
import { never } from '../../base/must.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import { readDataCoding } from '../../wire/text/data-coding.ts';
import { decodeText, encodeText } from '../../wire/text/encode.ts';
import { isGsm7 } from '../../wire/text/gsm7.ts';
import { countSegments } from '../../wire/text/segments.ts';
import { behindHeader, shiftElements } from '../../wire/text/user-data-header.ts';
import type { RiverContext } from '../context.ts';
import type { OctetContent } from '../contract.ts';
import type { Encoded, Routed } from '../message.ts';
import { takeHeader } from './take-header.ts';
import { takeUcs2 } from './take-ucs2.ts';

/** What an octet that stands for no character is decoded to. */
const REPLACED = '\ufffd';

/** The octets to send, in the cheapest coding that the carrier's handsets read, and how many segments they need. */
export function encodeContent(message: Routed, { maxSegments }: RiverContext): Verdict<Encoded> {
  const { content } = message.submission;
  const refusal = content.kind === 'text' ? encodeWords(message, content.text) : takeOctets(message, content);
  if (refusal) return refuse(refusal);
  if (message.octets!.length === 0 && isWordless(message)) return refuse(noText);
  if (!message.hasHeader) message.segments = countSegments(message.octets!, message.dataCoding);
  return message.segments > maxSegments ? refuse(tooLong(maxSegments)) : on(message as Encoded);
}

const noText: Fault = fault('text_empty', { field: '/text' });
const tooLong = (most: number): Fault =>
  fault('text_too_long', { detail: `At most ${most} segments.`, field: '/text' });
const notEncodable = (detail: string): Fault => fault('text_not_encodable', { detail, field: '/text' });
const notWellFormed = notEncodable('A character is not whole.');
const noSuchCharacter = notEncodable('An octet stands for no character of its data coding.');
const noSeptet = notEncodable('GSM 7-bit has no octet from 0x80 on.');

/** A message without text says nothing, unless it is a sign: an icon to be cleared, a protocol of its own. */
const isWordless = ({ dataCoding, protocolId }: Routed): boolean =>
  protocolId === 0 && readDataCoding(dataCoding).waiting === null;

function encodeWords(message: Routed, text: string): Fault | null {
  const languages = message.outlet.link?.traits.nationalLanguages ?? [];
  const encoded = languages.length === 0 ? encodeText(text) : encodeText(text, { languages });
  if (!encoded) return notWellFormed;
  message.dataCoding = encoded.dataCoding;
  message.octets = encoded.octets;
  const elements = shiftElements(encoded.shifts);
  if (elements.length === 0) return null;
  message.octets = behindHeader(elements, encoded.octets);
  message.hasHeader = true;
  message.segments = countSegments(encoded.octets, encoded.dataCoding, { cutting: 'header-8', elements });
  return null;
}

/** Octets stay as they are where a handset can read them; other character sets are written anew. */
function takeOctets(message: Routed, content: OctetContent): Fault | null {
  const { octets, dataCoding } = content;
  message.protocolId = content.protocolId;
  message.tlvs = content.tlvs;
  message.dataCoding = dataCoding;
  if (content.hasUserDataHeader || content.place !== null) return takeHeader(message, content);
  const { alphabet } = readDataCoding(dataCoding);
  switch (alphabet) {
    case 'gsm7':
      message.octets = octets;
      return isGsm7(octets) ? null : noSeptet;
    case 'ucs2':
      return takeUcs2(message, octets, false);
    case 'octets':
    case 'other':
      message.octets = octets;
      return null;
    case 'ascii':
    case 'latin1':
    case 'cyrillic':
    case 'hebrew':
      return rewrite(message, octets);
    default:
      return never(alphabet);
  }
}

function rewrite(message: Routed, octets: Buffer): Fault | null {
  const text = decodeText(octets, message.dataCoding);
  return text === null || text.includes(REPLACED) ? noSuchCharacter : encodeWords(message, text);
}
