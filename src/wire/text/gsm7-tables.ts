/**
 * The character tables of 3GPP TS 23.038 §6.2.1, by national language identifier (TS 23.040 §9.2.3.24.16). A locking shift
 * table is a whole alphabet; a single shift table holds what an escape in front of an octet gives. A message names one of
 * each: another language is another row.
 */
export const ESCAPE = 0x1b;

/** All 128 characters of an alphabet, a string of sixteen for each column of the table in the specification. */
export const lockingShiftTables = {
  default: [
    '@£$¥èéùìòÇ\nØø\rÅå',
    'Δ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ',
    ' !"#¤%&\'()*+,-./',
    '0123456789:;<=>?',
    '¡ABCDEFGHIJKLMNO',
    'PQRSTUVWXYZÄÖÑÜ§',
    '¿abcdefghijklmno',
    'pqrstuvwxyzäöñüà',
  ],
} as const satisfies Record<string, readonly string[]>;

/** Octet after the escape → character. TS 23.038 §6.2.1.1; 0x0A is a page break. */
export const singleShiftTables = {
  default: {
    10: '\f',
    20: '^',
    40: '{',
    41: '}',
    47: '\\',
    60: '[',
    61: '~',
    62: ']',
    64: '|',
    101: '€',
  },
} as const satisfies Record<string, Readonly<Record<number, string>>>;
