import { must, never } from '../../base/must.ts';
import type { BodyField, CountedList, Octets, TlvField } from './fields.ts';
import type { OctetWriter } from './octet-writer.ts';
import { TLV_HEADER_BYTES } from './tlv-stream.ts';
import { type TlvName, type Tlvs, tlvs as tlvTable, type UnknownTlv } from './tlvs.ts';

const NO_BYTES = Buffer.alloc(0);

type Body = Readonly<Record<string, BodyField>>;
type Values = Readonly<Record<string, unknown>>;

/** At most so many octets, so that room is made once and not for each field. */
export function bodyBytesMax(body: Body): number {
  let total = 0;
  for (const field of Object.values(body)) total += fieldBytesMax(field);
  return total;
}

function fieldBytesMax(field: BodyField): number {
  if ('bytes' in field) return field.bytes;
  if (field.kind === 'cString') return field.max;
  return 1 + field.max * (field.kind === 'list' ? itemBytesMax(field.items) : 1);
}

function itemBytesMax(items: CountedList['items']): number {
  if ('fields' in items) return bodyBytesMax(items.fields);
  return 1 + Math.max(...Object.values(items.forms).map(bodyBytesMax));
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
    case 'list':
      encodeList(out, field, value as readonly Values[] | undefined);
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

function encodeList(out: OctetWriter, { min, max, items }: CountedList, values: readonly Values[] = []): void {
  must(values.length >= min && values.length <= max, 'a list has as many items as it may');
  out.u8(values.length);
  for (const value of values) {
    if ('fields' in items) encodeBody(out, items.fields, value);
    else encodeFlagged(out, value[items.flag] as number, items.forms, value);
  }
}

function encodeFlagged(out: OctetWriter, form: number, forms: Readonly<Record<number, Body>>, value: Values): void {
  const fields = forms[form];
  must(fields, 'an item has a form of its table');
  out.u8(form);
  encodeBody(out, fields, value);
}

const unknownBytes = (list: readonly UnknownTlv[]): number =>
  list.reduce((total, { value }) => total + TLV_HEADER_BYTES + value.length, 0);

/** Exactly so many octets. */
export function tlvsBytes(values: Tlvs): number {
  let total = values.unknown === undefined ? 0 : unknownBytes(values.unknown);
  for (const name in values) {
    if (name === 'unknown') continue;
    const field = tlvTable[name as TlvName].value;
    for (const value of instancesOf(values, name as TlvName)) total += TLV_HEADER_BYTES + valueBytes(field, value);
  }
  return total;
}

/** The values of a TLV: one, or as many as are listed where it may be repeated. */
function instancesOf(values: Tlvs, name: TlvName): readonly unknown[] {
  const value: unknown = values[name];
  return tlvTable[name].repeats ? (value as readonly unknown[]) : [value];
}

function valueBytes(field: TlvField, value: unknown): number {
  if ('bytes' in field) return field.bytes;
  const { length } = value as string | Buffer;
  return field.kind === 'cString' ? length + 1 : length;
}

/** Writes the TLVs of the table in the order they are given in, then the others. */
export function encodeTlvs(out: OctetWriter, values: Tlvs): void {
  for (const name in values) {
    if (name === 'unknown') continue;
    const { tag, value: field } = tlvTable[name as TlvName];
    for (const value of instancesOf(values, name as TlvName)) encodeTlv(out, tag, field, value);
  }
  for (const { tag, value } of values.unknown ?? []) encodeTlv(out, tag, null, value);
}

function encodeTlv(out: OctetWriter, tag: number, field: TlvField | null, value: unknown): void {
  out.u16(tag);
  out.u16(field === null ? (value as Buffer).length : valueBytes(field, value));
  if (field === null) out.octets(value as Buffer);
  else if (field.kind === 'octets') encodeOctets(out, field, value as Buffer);
  else if (field.kind === 'cString') out.cString(value as string, field.max);
  else out[field.kind](value as number);
}

function encodeOctets(out: OctetWriter, { min, max }: Octets, value: Buffer): void {
  must(value.length >= min && value.length <= max, 'octets fit their TLV');
  out.octets(value);
}
