import type { InboundPart, PlaceInWhole } from '../../src/carriers/index.ts';
import { concatenationElement, writeElements } from '../../src/wire/text/user-data-header.ts';

export const HANDSET = '12025550177';

/** A message from a handset, or a part of one, but for what is said otherwise. */
export const inboundPart = (about: Partial<InboundPart> = {}): InboundPart => ({
  handset: HANDSET,
  to: '10666',
  dataCoding: 0,
  hasHeader: false,
  octets: Buffer.from('hello'),
  protocolId: 0,
  tlvs: null,
  place: null,
  ...about,
});

/** A part behind a header that numbers it, with `more` elements behind that. */
export function headed(
  text: string | Buffer,
  [number, total, reference = 7]: readonly [number: number, total: number, reference?: number],
  about: Partial<InboundPart> & { readonly isWide?: boolean; readonly more?: Buffer } = {},
): InboundPart {
  const { isWide = false, more = Buffer.alloc(0), ...rest } = about;
  const elements = Buffer.concat([writeElements([concatenationElement({ reference, isWide, total, number })]), more]);
  const octets = Buffer.concat([Buffer.of(elements.length), elements, Buffer.from(text)]);
  return inboundPart({ ...rest, octets, hasHeader: true });
}

/** A part that is numbered beside its text. */
export const placed = (text: string, place: PlaceInWhole, about: Partial<InboundPart> = {}): InboundPart =>
  inboundPart({ ...about, octets: Buffer.from(text), place });
