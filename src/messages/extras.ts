import { must } from '../base/must.ts';

/** What goes with the octets of a message, where it is not a plain one. */
export interface Extras {
  /** TP-PID; 0 for a plain message. */
  readonly protocolId: number;
  /** Optional parameters in the form of the wire; null for none. */
  readonly tlvs: Buffer | null;
}

/** The form of the block; another number is another form. */
const FORM = 1;
const BLOCK_BYTES = 4;
const TLV_OCTETS_MAX = 0xffff;

export const hasExtras = ({ protocolId, tlvs }: Extras): boolean => protocolId !== 0 || tlvs !== null;

/**
 * What is sealed as the body of a message that has extras: they may tell as much as its text. Form (1 octet), protocol_id
 * (1), octets of the TLVs (2), the TLVs, the octets of the message.
 */
export function packExtras({ protocolId, tlvs }: Extras, octets: Buffer): Buffer {
  const tlvBytes = tlvs?.length ?? 0;
  must(tlvBytes <= TLV_OCTETS_MAX, 'optional parameters are bounded before they are stored');
  const body = Buffer.allocUnsafe(BLOCK_BYTES + tlvBytes + octets.length);
  body[0] = FORM;
  body[1] = protocolId;
  body.writeUInt16BE(tlvBytes, 2);
  if (tlvs) body.set(tlvs, BLOCK_BYTES);
  body.set(octets, BLOCK_BYTES + tlvBytes);
  return body;
}

/** The opposite. The body was authenticated when it was opened, so one that is not of this form is a mistake of ours. */
export function unpackExtras(body: Buffer): Extras & { readonly octets: Buffer } {
  must(body.length >= BLOCK_BYTES && body[0] === FORM, 'a body with extras begins with their form');
  const tlvsEnd = BLOCK_BYTES + body.readUInt16BE(2);
  must(tlvsEnd <= body.length, 'extras end before their body');
  const tlvs = tlvsEnd === BLOCK_BYTES ? null : body.subarray(BLOCK_BYTES, tlvsEnd);
  return { protocolId: body[1]!, tlvs, octets: body.subarray(tlvsEnd) };
}
