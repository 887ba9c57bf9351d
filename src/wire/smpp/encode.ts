import { must, never } from '../../base/must.ts';
import type { BodyField, TlvField } from './fields.ts';
import type { OctetWriter } from './octet-writer.ts';
import { type Tlvs, tlvs as tlvTable, type UnknownTlv } from './tlvs.ts';

const TLV_HEADER_BYTES = 4;
const NO_BYTES = Buffer.alloc(0);

type Body = Readonly<Record<string, BodyField>>;
type Values = Readonly<Record<string, unknown>>;

/** At most so many octets, so that room is made once and not for each field. */
export function bodyBytesMax(body: Body): number {
  let total = 0;
  for (const field of Object.values(body)) {
    total += 'bytes' in field ? field.bytes : field.kind === 'cString' ? field.max : 1 + field.max;
  }
  return total;
}

/** Writes mandatory parameters as their table says; one that is left out is 0 or empty. */
export function encodeBody(out: OctetWriter, body: Body, values: Values): void {
  for (const [name, field] of Object.entries(body)) encodeField(out, field, values[name]);
}

function encodeField(out: OctetWriter, field: BodyField, value: unknown): void {
  switch (field.kind) {
    case 'u8':
    case 'u16':
    case 'u32':
      out[field.kind]((value as number | undefined) ?? 0);
      break;
    case 'cString':
      out.cString((value as string | undefined) ?? '', field.max);
      break;
    case 'countedOctets':
      encodeCounted(out, field.max, value as Buffer | undefined);
      break;
    default:
      never(field);
  }
}

function encodeCounted(out: OctetWriter, max: number, value: Buffer = NO_BYTES): void {
  must(value.length <= max, 'octets fit their field');
  out.u8(value.length);
  out.octets(value);
}

const unknownBytes = (list: readonly UnknownTlv[]): number =>
  list.reduce((total, { value }) => total + TLV_HEADER_BYTES + value.length, 0);

/** Exactly so many octets. */
export function tlvsBytes(values: Tlvs): number {
  let total = values.unknown === undefined ? 0 : unknownBytes(values.unknown);
  for (const name in values) {
    if (name === 'unknown') continue;
    const known = name as keyof typeof tlvTable;
    total += TLV_HEADER_BYTES + valueBytes(tlvTable[known].value, values[known]);
  }
  return total;
}

function valueBytes(field: TlvField, value: unknown): number {
  if ('bytes' in field) return field.bytes;
  const { length } = value as string | Buffer;
  return field.kind === 'cString' ? length + 1 : length;
}

export function encodeTlvs(out: OctetWriter, values: Tlvs): void {
  for (const name in values) {
    if (name === 'unknown') continue;
    const known = name as keyof typeof tlvTable;
    encodeTlv(out, tlvTable[known].tag, tlvTable[known].value, values[known]);
  }
  for (const { tag, value } of values.unknown ?? []) encodeTlv(out, tag, null, value);
}

function encodeTlv(out: OctetWriter, tag: number, field: TlvField | null, value: unknown): void {
  out.u16(tag);
  out.u16(field === null ? (value as Buffer).length : valueBytes(field, value));
  if (field === null || field.kind === 'octets') out.octets(value as Buffer);
  else if (field.kind === 'cString') out.cString(value as string, field.max);
  else out[field.kind](value as number);
}
