/** A reason that is put on record is at most so long. */
export const WHY_CHARACTERS_MAX = 500;

/** Whether a text can be put on record as a reason: one line, bounded. That it names nobody is for its author to heed. */
export const isWhy = (text: string): boolean =>
  text.isWellFormed() && text.trim() !== '' && text.length <= WHY_CHARACTERS_MAX && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text);
