/**
 * The national languages of 3GPP TS 23.038 §6.2.1.2.4, with the identifiers that TS 23.040 §9.2.3.24.15 and §9.2.3.24.16
 * put into a header. 0 and those from 14 on are reserved.
 */
export const languages = {
  turkish: 1,
  spanish: 2,
  portuguese: 3,
  bengali: 4,
  gujarati: 5,
  hindi: 6,
  kannada: 7,
  malayalam: 8,
  oriya: 9,
  punjabi: 10,
  tamil: 11,
  telugu: 12,
  urdu: 13,
} as const satisfies Record<string, number>;

export type Language = keyof typeof languages;

/** Spanish has a single shift table only. */
export type LockingLanguage = Exclude<Language, 'spanish'>;

export const languageNames = Object.keys(languages) as Language[];

export const locks = (language: Language): language is LockingLanguage => language !== 'spanish';

/** The two tables a text is written in: a whole alphabet, and what an escape in front of a septet gives. */
export interface Shifts {
  readonly locking: LockingLanguage | 'default';
  readonly single: Language | 'default';
}

/** The GSM 7-bit default alphabet and its extension: what holds where no header names others. */
export const noShifts: Shifts = { locking: 'default', single: 'default' };

export const hasShifts = ({ locking, single }: Shifts): boolean => locking !== 'default' || single !== 'default';

/** The language of an identifier; null where it is reserved. */
export const languageOf = (id: number): Language | null => languageNames.find((name) => languages[name] === id) ?? null;

export const isLanguage = (name: string): name is Language => Object.hasOwn(languages, name);
