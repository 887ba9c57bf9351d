/** What the octets of a message stand for. `other` is what nobody here reads: Japanese and Korean sets, compressed text. */
export type TextAlphabet = 'gsm7' | 'ascii' | 'latin1' | 'cyrillic' | 'hebrew' | 'ucs2' | 'octets' | 'other';

export type MessageClass = 0 | 1 | 2 | 3;

/** Message waiting: what a handset shows an icon for. TS 23.038 §4. */
export interface WaitingIndication {
  readonly of: 'voicemail' | 'fax' | 'email' | 'other';
  readonly isActive: boolean;
  /** Whether the text that came with it is kept. */
  readonly isStored: boolean;
}

/** A data_coding, taken apart. */
export interface DataCoding {
  readonly alphabet: TextAlphabet;
  /** 0 is shown at once and not kept (flash), 1 is for the handset, 2 for the SIM, 3 for a terminal; null says nothing. */
  readonly messageClass: MessageClass | null;
  readonly waiting: WaitingIndication | null;
  /** Whether the handset deletes it once it was read. */
  readonly isDeletedWhenRead: boolean;
}

/** SMPP 3.4 §5.2.19, values 0 to 15. 0 is the SMSC's default alphabet, which here is GSM 7-bit. */
const named: Readonly<Record<number, TextAlphabet>> = {
  0: 'gsm7',
  1: 'ascii',
  2: 'octets',
  3: 'latin1',
  4: 'octets',
  6: 'cyrillic',
  7: 'hebrew',
  8: 'ucs2',
};

/** TS 23.038 §4, bits 3 and 2. */
const general: readonly TextAlphabet[] = ['gsm7', 'octets', 'ucs2', 'other'];
const indicated: readonly WaitingIndication['of'][] = ['voicemail', 'fax', 'email', 'other'];

const plain = { messageClass: null, waiting: null, isDeletedWhenRead: false } as const;
const COMPRESSED = 0x20;
const HAS_CLASS = 0x10;
const ACTIVE = 0x08;
const RESERVED_OF_INDICATION = 0x04;
const EIGHT_BIT = 0x04;
const RESERVED_OF_CLASS = 0x08;

const classOf = (value: number): MessageClass => (value & 0x03) as MessageClass;

const generalCoding = (value: number, isDeletedWhenRead: boolean): DataCoding => ({
  alphabet: value & COMPRESSED ? 'other' : general[(value >> 2) & 0x03]!,
  messageClass: value & HAS_CLASS ? classOf(value) : null,
  waiting: null,
  isDeletedWhenRead,
});

const waitingCoding = (value: number, alphabet: TextAlphabet, isStored: boolean): DataCoding => ({
  alphabet: value & RESERVED_OF_INDICATION ? 'other' : alphabet,
  messageClass: null,
  waiting: { of: indicated[value & 0x03]!, isActive: (value & ACTIVE) !== 0, isStored },
  isDeletedWhenRead: false,
});

const classCoding = (value: number): DataCoding => {
  const alphabet = value & EIGHT_BIT ? 'octets' : 'gsm7';
  return { ...plain, alphabet: value & RESERVED_OF_CLASS ? 'other' : alphabet, messageClass: classOf(value) };
};

/** By the first value of a group. SMPP 3.4 reserves 0x10 to 0xBF; carriers give them the meaning of TS 23.038 §4. */
const groups: readonly { readonly from: number; readonly read: (value: number) => DataCoding }[] = [
  { from: 0x00, read: (value) => ({ ...plain, alphabet: named[value] ?? 'other' }) },
  { from: 0x10, read: (value) => generalCoding(value, false) },
  { from: 0x40, read: (value) => generalCoding(value, true) },
  { from: 0x80, read: () => ({ ...plain, alphabet: 'other' }) },
  { from: 0xc0, read: (value) => waitingCoding(value, 'gsm7', false) },
  { from: 0xd0, read: (value) => waitingCoding(value, 'gsm7', true) },
  { from: 0xe0, read: (value) => waitingCoding(value, 'ucs2', true) },
  { from: 0xf0, read: classCoding },
];

const codings: readonly DataCoding[] = Array.from({ length: 0x100 }, (_, value) =>
  groups.findLast(({ from }) => from <= value)!.read(value),
);

/** What a data_coding says. Every octet has an answer; what is none is read as `other`. */
export const readDataCoding = (dataCoding: number): DataCoding => codings[dataCoding] ?? codings[0x80]!;
