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

/** Octets behind a length octet (sm_length, short_message): one field to the reader. */
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

export type BodyField = Integer | CString | CountedOctets;
export type TlvField = Integer | CString | Octets;

export const u8 = { kind: 'u8', bytes: 1 } as const satisfies Integer;
export const u16 = { kind: 'u16', bytes: 2 } as const satisfies Integer;
export const u32 = { kind: 'u32', bytes: 4 } as const satisfies Integer;
export const cString = (max: number, broken: StatusName = 'ESME_RINVPARLEN') =>
  ({ kind: 'cString', max, broken }) as const satisfies CString;
export const countedOctets = (max: number, broken: StatusName) =>
  ({ kind: 'countedOctets', max, broken }) as const satisfies CountedOctets;
export const octets = (min: number, max: number) => ({ kind: 'octets', min, max }) as const satisfies Octets;

type ValueOf<Field> = Field extends Integer ? number : Field extends CString ? string : Buffer;
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
