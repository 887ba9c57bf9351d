import { never } from '../../base/must.ts';
import { type CommandName, commandName, isResponse } from './commands.ts';
import {
  type BodyField,
  type CountedList,
  type CountedOctets,
  type CString,
  type DecodeFault,
  decodeFault,
  type FlaggedItems,
  pastNul,
  type TlvField,
} from './fields.ts';
import { commandId, commandStatus, HEADER_BYTES, readU16, readU32, sequenceNumber } from './header.ts';
import { type PduFields, pdus } from './pdus.ts';
import { TLV_HEADER_BYTES } from './tlv-stream.ts';
import { TLVS_MAX, type TlvName, type Tlvs, tlvName, tlvs as tlvTable, type UnknownTlv } from './tlvs.ts';

/** A PDU as a plain object. Its buffers are copies. */
export type Pdu = {
  [Name in CommandName]: {
    readonly command: Name;
    readonly status: number;
    readonly sequence: number;
    readonly fields: PduFields<Name>;
    readonly tlvs: Tlvs;
  };
}[CommandName];

const BROKEN_TLVS = decodeFault('optional_parameters', 'ESME_RINVOPTPARSTREAM');

export const isDecodeFault = (result: object): result is DecodeFault =>
  'kind' in result && result.kind === 'decode-fault';

/** Where reading has come to, and what it met. */
interface Cursor {
  readonly bytes: Buffer;
  readonly end: number;
  at: number;
  fault: DecodeFault | null;
}

/** Reads a whole PDU by its table; `length` is its command_length, at least 16 and within `bytes`. Never throws. */
export function decode(bytes: Buffer, at: number, length: number): Pdu | DecodeFault {
  const command = commandName(commandId(bytes, at));
  if (command === null) return decodeFault('command_id', 'ESME_RINVCMDID');
  const cursor: Cursor = { bytes, end: at + length, at: at + HEADER_BYTES, fault: null };
  const mayBeLeftOut = length === HEADER_BYTES && isResponse(commandId(bytes, at));
  const fields = readBody(cursor, pdus[command], mayBeLeftOut);
  const tlvs = cursor.fault === null ? readTlvs(cursor) : {};
  if (cursor.fault !== null) return cursor.fault;
  const [status, sequence] = [commandStatus(bytes, at), sequenceNumber(bytes, at)];
  return { command, status, sequence, fields, tlvs } as Pdu;
}

type Value = number | string | Buffer | readonly object[];
type Body = Readonly<Record<string, BodyField>>;

/** Some peers leave the body of a response out altogether; it then reads as empty. */
function readBody(cursor: Cursor, body: Body, mayBeLeftOut: boolean): Record<string, Value | null> {
  const values: Record<string, Value | null> = {};
  for (const [name, field] of Object.entries(body)) {
    values[name] = mayBeLeftOut ? emptyOf(field) : readField(cursor, name, field);
    if (cursor.fault !== null) break;
  }
  return values;
}

function emptyOf(field: BodyField): Value {
  if ('bytes' in field) return 0;
  if (field.kind === 'list') return [];
  return field.kind === 'cString' ? '' : Buffer.alloc(0);
}

function readField(cursor: Cursor, name: string, field: BodyField): Value | null {
  switch (field.kind) {
    case 'u8':
    case 'u16':
    case 'u32':
      return readInteger(cursor, name, field.bytes);
    case 'cString':
      return readCString(cursor, name, field);
    case 'countedOctets':
      return readCountedOctets(cursor, name, field);
    case 'list':
      return readList(cursor, name, field);
    default:
      return never(field);
  }
}

function readInteger(cursor: Cursor, name: string, byteCount: 1 | 2 | 4): number | null {
  const at = cursor.at;
  cursor.at += byteCount;
  if (cursor.at > cursor.end) return breakOff(cursor, decodeFault(name, 'ESME_RINVCMDLEN'));
  if (byteCount === 1) return cursor.bytes[at]!;
  return byteCount === 2 ? readU16(cursor.bytes, at) : readU32(cursor.bytes, at);
}

function readCString(cursor: Cursor, name: string, field: CString): string | null {
  const at = cursor.at;
  const past = pastNul(cursor.bytes, at, cursor.end, field.max);
  if (past < 0) return breakOff(cursor, decodeFault(name, field.broken));
  cursor.at = past;
  return cursor.bytes.latin1Slice(at, past - 1);
}

function readCountedOctets(cursor: Cursor, name: string, { broken }: CountedOctets): Buffer | null {
  const count = readInteger(cursor, name, 1) ?? 0;
  const at = cursor.at;
  cursor.at += count;
  if (cursor.at > cursor.end) return breakOff(cursor, decodeFault(name, broken));
  return Buffer.from(cursor.bytes.subarray(at, cursor.at));
}

function readList(cursor: Cursor, name: string, { min, broken, items }: CountedList): object[] | null {
  const count = readInteger(cursor, name, 1);
  if (count === null) return null;
  if (count < min) return breakOff(cursor, decodeFault(name, broken));
  const values: object[] = [];
  while (values.length < count && cursor.fault === null) {
    values.push('fields' in items ? readBody(cursor, items.fields, false) : readFlagged(cursor, items));
  }
  return values;
}

function readFlagged(cursor: Cursor, { flag, broken, forms }: FlaggedItems): object {
  const form = readInteger(cursor, flag, 1) ?? 0;
  const fields = forms[form];
  if (fields !== undefined) return { [flag]: form, ...readBody(cursor, fields, false) };
  breakOff(cursor, decodeFault(flag, broken));
  return {};
}

function breakOff(cursor: Cursor, fault: DecodeFault): null {
  cursor.fault ??= fault;
  return null;
}

function readTlvs(cursor: Cursor): Tlvs {
  const found: Tlvs = {};
  for (let count = 0; cursor.at < cursor.end && cursor.fault === null; count++) {
    if (count === TLVS_MAX) breakOff(cursor, BROKEN_TLVS);
    else readTlv(cursor, found);
  }
  return found;
}

function readTlv(cursor: Cursor, found: Tlvs): void {
  const { bytes, end, at } = cursor;
  const valueAt = at + TLV_HEADER_BYTES;
  const valueEnd = valueAt <= end ? valueAt + readU16(bytes, at + 2) : valueAt;
  cursor.at = valueEnd;
  if (valueEnd > end) {
    breakOff(cursor, BROKEN_TLVS);
    return;
  }
  const value = bytes.subarray(valueAt, valueEnd);
  const tag = readU16(bytes, at);
  const name = tlvName(tag);
  if (name === null) keepUnknown(found, { tag, value: Buffer.from(value) });
  else keepKnown(cursor, found, name, value);
}

function keepUnknown(found: Tlvs, tlv: UnknownTlv): void {
  found.unknown ??= [];
  found.unknown.push(tlv);
}

/** Of a TLV that may not stand there twice, the first counts. */
function keepKnown(cursor: Cursor, found: Tlvs, name: TlvName, value: Buffer): void {
  const row = tlvTable[name];
  const known = readTlvValue(row.value, value);
  const values: Partial<Record<TlvName, unknown>> = found;
  if (known === null) breakOff(cursor, decodeFault(name, 'ESME_RINVPARLEN'));
  else if (row.repeats) values[name] = [...((values[name] as unknown[] | undefined) ?? []), known];
  else values[name] ??= known;
}

function readTlvValue(field: TlvField, value: Buffer): number | string | Buffer | null {
  if (field.kind === 'octets') {
    return value.length >= field.min && value.length <= field.max ? Buffer.from(value) : null;
  }
  if (field.kind === 'cString') return tlvText(value, field.max);
  if (value.length !== field.bytes) return null;
  if (field.bytes === 1) return value[0]!;
  return field.bytes === 2 ? readU16(value, 0) : readU32(value, 0);
}

/** The text of a C-Octet String TLV of at most `max` octets with its NUL, which some peers leave out; else null. */
export function tlvText(value: Buffer, max: number): string | null {
  const nulAt = value.indexOf(0);
  const end = nulAt < 0 ? value.length : nulAt;
  return end < max ? value.latin1Slice(0, end) : null;
}
