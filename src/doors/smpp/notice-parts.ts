import type { Notice, Told } from '../../messages/index.ts';
import { VERSION_3_3, type Version } from '../../wire/smpp/version.ts';
import { countSegments, cutSegments, MAX_ELEMENT_OCTETS, MAX_SEGMENTS } from '../../wire/text/segments.ts';
import { readHeader } from '../../wire/text/user-data-header.ts';

/** sm_length ends at 254 (SMPP 3.4 §5.2.21); what is longer goes in message_payload (§5.3.2.32), which came with 3.4. */
export const SHORT_MESSAGE_MAX = 254;

const NO_ELEMENTS = Buffer.alloc(0);

/**
 * What a notice is told in. Who speaks 3.3 knows no message_payload and gets a long text in parts, as a handset does; a text
 * that cannot be cut into so many stays whole, since it is worth more than the rule.
 */
export function partsOf(notice: Notice, version: Version): readonly Notice[] {
  const { content } = notice;
  if (version !== VERSION_3_3 || content === null || content.octets.length <= SHORT_MESSAGE_MAX) return [notice];
  return cut(notice, content) ?? [notice];
}

function cut(notice: Notice, content: NonNullable<Notice['content']>): Notice[] | null {
  const { octets, dataCoding, hasHeader } = content;
  const bytes = hasHeader ? readHeader(octets).bytes : 0;
  const elements = hasHeader ? octets.subarray(1, bytes) : NO_ELEMENTS;
  const text = octets.subarray(bytes);
  const options = { cutting: 'header-8', elements } as const;
  if (elements.length > MAX_ELEMENT_OCTETS || countSegments(text, dataCoding, options) > MAX_SEGMENTS) return null;
  // A notice that is told again has the same number, so that its parts are known again.
  const reference = notice.messageId.at(-1)!;
  return cutSegments(text, dataCoding, reference, options).map((part) => ({
    ...notice,
    content: { ...content, octets: part, hasHeader: true },
  }));
}

/** From what counts least to what counts most, where the parts of one notice have different answers. */
const weights: readonly Told[] = ['taken', 'lost', 'refused', 'rejected'];

/** Calls `answered` when so many parts have their answers, with the one that counts most. */
export function whenAll(parts: number, answered: (told: Told) => void): (told: Told) => void {
  if (parts === 1) return answered;
  let left = parts;
  let weight = 0;
  return (told) => {
    weight = Math.max(weight, weights.indexOf(told));
    if (--left === 0) answered(weights[weight]!);
  };
}
