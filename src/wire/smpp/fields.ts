import { type StatusName, statuses } from './statuses.ts';

/** The kinds of mandatory parameters and TLV values, SMPP 3.4 §3.1. Bounds live here; the interpreters only obey them. */
export interface Integer {
  readonly kind: 'u8' | 'u16' | 'u32';
  readonly bytes: 1 | 2 | 4;
}

/** A C-Octet String. `max` counts its NUL. `broken` is what a peer is told when it has none within `max`. */
export interface CString {
  readonly kind: 'cString';
  readonly max: number;
  readonly broken: StatusName;
}

/**
 * Octets behind a length octet (sm_length, short_message): one field to the reader. At most `max` are written, which every
 * version allows; what is read is bounded by its length octet, for SMPP 5.0 allows 255.
 */
export interface CountedOctets {
  readonly kind: 'countedOctets';
  readonly max: number;
  readonly broken: StatusName;
}

/** Octets that fill a TLV. */
export interface Octets {
  readonly kind: 'octets';
  readonly min: number;
  readonly max: number;
}

export type PlainField = Integer | CString;
export type RecordTable = Readonly<Record<string, PlainField>>;

/** Records of one form. */
export interface UniformItems {
  readonly fields: RecordTable;
}

/** Records that begin with an octet that says which form they have. */
export interface FlaggedItems {
  readonly flag: string;
  readonly broken: StatusName;
  readonly forms: Readonly<Record<number, RecordTable>>;
}

/** Records behind an octet that counts them. `max` is of what is written; read are at most 255, as many as can be counted. */
export interface CountedList {
  readonly kind: 'list';
  readonly min: number;
  readonly max: number;
  readonly broken: StatusName;
  readonly items: UniformItems | FlaggedItems;
}

export type BodyField = PlainField | CountedOctets | CountedList;
export type TlvField = PlainField | Octets;

export const u8 = { kind: 'u8', bytes: 1 } as const satisfies Integer;
export const u16 = { kind: 'u16', bytes: 2 } as const satisfies Integer;
export const u32 = { kind: 'u32', bytes: 4 } as const satisfies Integer;
export const cString = (max: number, broken: StatusName = 'ESME_RINVPARLEN') =>
  ({ kind: 'cString', max, broken }) as const satisfies CString;
export const countedOctets = (max: number, broken: StatusName) =>
  ({ kind: 'countedOctets', max, broken }) as const satisfies CountedOctets;
export const octets = (min: number, max: number) => ({ kind: 'octets', min, max }) as const satisfies Octets;

type FlaggedValue<Items extends FlaggedItems> = {
  [Form in keyof Items['forms']]: { [Flag in Items['flag']]: Form } & ValuesOf<Items['forms'][Form]>;
}[keyof Items['forms']];
type ItemOf<Items> = Items extends UniformItems
  ? ValuesOf<Items['fields']>
  : Items extends FlaggedItems
    ? FlaggedValue<Items>
    : never;
type ValueOf<Field> = Field extends Integer
  ? number
  : Field extends CString
    ? string
    : Field extends CountedList
      ? readonly ItemOf<Field['items']>[]
      : Buffer;
export type ValuesOf<Table> = { -readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** Why a PDU cannot be read: the field, and the command_status its sender is told. */
export interface DecodeFault {
  readonly kind: 'decode-fault';
  readonly field: string;
  readonly status: number;
}

export const decodeFault = (field: string, status: StatusName): DecodeFault => ({
  kind: 'decode-fault',
  field,
  status: statuses[status].value,
});

/** The position after the NUL of a C-Octet String of at most `max` octets, or -1 where there is none before `end`. */
export function pastNul(bytes: Buffer, from: number, end: number, max: number): number {
  const limit = Math.min(end, from + max);
  for (let at = from; at < limit; at++) if (bytes[at] === 0) return at + 1;
  return -1;
}
