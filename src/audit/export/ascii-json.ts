const NOT_ASCII = /[^\0-\x7f]/g;

/** JSON of one line in ASCII: it needs no mark of its encoding, and no receiver can read it in another one. */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    NOT_ASCII,
    (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
