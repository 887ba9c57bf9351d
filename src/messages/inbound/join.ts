import { must } from '../../base/must.ts';
import { readDataCoding } from '../../wire/text/data-coding.ts';
import { decodeText, encodeText } from '../../wire/text/encode.ts';
import {
  behindHeader,
  elementIds,
  elementKind,
  type InformationElement,
  readHeader,
  writeElements,
} from '../../wire/text/user-data-header.ts';
import type { NoticeContent } from '../notify/notice.ts';
import { withoutPlace } from './numbered.ts';

/** A part without what numbers it. */
interface Bare {
  readonly text: Buffer;
  readonly elements: readonly InformationElement[];
  readonly written: Buffer;
}

function bare({ octets, hasHeader }: NoticeContent): Bare {
  if (!hasHeader) return { text: octets, elements: [], written: Buffer.alloc(0) };
  const header = readHeader(octets);
  const elements = header.elements.filter(
    ({ id }) => id !== elementIds.concatenation8 && id !== elementIds.concatenation16,
  );
  return { text: octets.subarray(header.bytes), elements, written: writeElements(elements) };
}

/**
 * The message that all of its parts make, in their order; null where they do not fit together, and are told one by one: a
 * character is cut in two octets, or their headers want different things. Text in different languages is written anew.
 */
export function join(parts: readonly NoticeContent[]): NoticeContent | null {
  const [first] = parts;
  must(first, 'a message has parts');
  const bares = parts.map(bare);
  const { dataCoding } = first;
  const { alphabet } = readDataCoding(dataCoding);
  if (alphabet === 'ucs2' && bares.some(({ text }) => text.length % 2 !== 0)) return null;
  const about = { protocolId: first.protocolId, tlvs: withoutPlace(first.tlvs) };
  const { written } = bares[0]!;
  if (bares.every((part) => part.written.equals(written))) {
    const octets = behindHeader(written, Buffer.concat(bares.map(({ text }) => text)));
    return { ...about, octets, dataCoding, hasHeader: written.length > 0 };
  }
  const areLanguages = bares.every(({ elements }) => elements.every(({ id }) => elementKind(id) === 'language'));
  if (alphabet !== 'gsm7' || !areLanguages) return null;
  return { ...about, ...rewritten(parts, bares, dataCoding), hasHeader: false };
}

function rewritten(parts: readonly NoticeContent[], bares: readonly Bare[], dataCoding: number) {
  const words = parts.map(({ octets, hasHeader }, at) =>
    decodeText(bares[at]!.text, dataCoding, hasHeader ? { shifts: readHeader(octets).shifts } : {}),
  );
  const encoded = encodeText(words.join(''));
  must(encoded, 'what was decoded from GSM 7-bit can be encoded');
  return { octets: encoded.octets, dataCoding: encoded.dataCoding };
}
