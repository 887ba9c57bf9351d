import { encodeText } from '../../wire/text/encode.ts';
import { cutSegments } from '../../wire/text/segments.ts';
import type { MessageFields } from '../esme/misbehaviour.ts';
import type { InboundPlan } from './conduct.ts';

const USER_DATA_HEADER = 0x40;
const TOTAL_AT = 4;
const REFERENCES = 256;

type Parts = NonNullable<InboundPlan['parts']>;

/** Changes a copy of a part's total. */
function withTotal(part: Buffer, total: number): Buffer {
  const copy = Buffer.from(part);
  copy[TOTAL_AT] = total;
  return copy;
}

const arrange: Readonly<Record<Parts, (parts: Buffer[], others: Buffer[]) => Buffer[]>> = {
  'in order': (parts) => parts,
  'out of order': (parts) => parts.toReversed(),
  duplicate: (parts) => parts.flatMap((part) => [part, part]),
  overlapping: (parts, others) => parts.flatMap((part, at) => [part, others[at]!]),
  missing: (parts) => parts.slice(0, -1),
  contradictory: (parts) => parts.map((part, at) => (at === 1 ? withTotal(part, parts.length + 1) : part)),
};

/** The deliver_sm of one message from a handset, in the order in which they are handed in. */
export function inboundPdus({ from, to, text, parts = 'in order' }: InboundPlan, number: number): MessageFields[] {
  const encoded = encodeText(text);
  if (encoded === null) return [];
  const { octets, dataCoding } = encoded;
  const cut = (bytes: Buffer) => cutSegments(bytes, dataCoding, number % REFERENCES);
  const pieces = cut(octets);
  const arranged = pieces.length > 1 ? arrange[parts](pieces, cut(Buffer.from(octets.toReversed()))) : pieces;
  return arranged.map((short_message) => ({
    source_addr_ton: 1,
    source_addr_npi: 1,
    source_addr: from,
    destination_addr: to,
    esm_class: pieces.length > 1 ? USER_DATA_HEADER : 0,
    data_coding: dataCoding,
    short_message,
  }));
}
