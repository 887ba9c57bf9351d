import { pastNul } from './fields.ts';
import { pdus } from './pdus.ts';

/** The header of a PDU, SMPP 3.4 §3.2: command_length, command_id, command_status, sequence_number. */
export const HEADER_BYTES = 16;

export const readU16 = (bytes: Buffer, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
export const readU32 = (bytes: Buffer, at: number): number =>
  ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;

export const commandLength = readU32;
export const commandId = (bytes: Buffer, at: number): number => readU32(bytes, at + 4);
export const commandStatus = (bytes: Buffer, at: number): number => readU32(bytes, at + 8);
export const sequenceNumber = (bytes: Buffer, at: number): number => readU32(bytes, at + 12);

/**
 * The message_id of a submit_sm_resp, data_sm_resp or deliver_sm_resp in place; '' where the body is left out, as SMPP 3.4 §4.4.2
 * allows on an error and some peers do always; null where it does not end.
 */
export function responseMessageId(bytes: Buffer, at: number, length: number): string | null {
  if (length === HEADER_BYTES) return '';
  const from = at + HEADER_BYTES;
  const past = pastNul(bytes, from, at + length, pdus.submit_sm_resp.message_id.max);
  return past < 0 ? null : bytes.latin1Slice(from, past - 1);
}

const SEQUENCE_MAX = 0x7fff_ffff;

/** The sequence_number that follows one: from 1 to 0x7fffffff, and from 1 again (SMPP 3.4 §3.2, SMPP 5.0 §4.7.24). */
export const nextSequence = (last: number): number => (last === SEQUENCE_MAX ? 1 : last + 1);
