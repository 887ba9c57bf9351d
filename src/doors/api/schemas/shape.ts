import { type TProperties, type TSchema, Type } from 'typebox';
import { timeText } from '../../../base/clock.ts';

/** An object that has the fields named and no others. A title makes it a component of the OpenAPI document. */
export const closed = <P extends TProperties>(properties: P, options: { title?: string; description?: string } = {}) =>
  Type.Object(properties, { additionalProperties: false, ...options });

export const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

/** One of the words given. */
export const oneOf = <const W extends readonly string[]>(words: W, description?: string) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...words], ...(description === undefined ? {} : { description }) });

/** A line of text without control characters or half surrogate pairs: it can be stored and shown. */
export const line = (least: number, most: number, description?: string) =>
  Type.String({
    minLength: least,
    maxLength: most,
    pattern: '^[^\\p{Cc}\\p{Cs}]*$',
    ...(description ? { description } : {}),
  });

const DATE_TIME_CHARACTERS = 35;

/** RFC 3339, as the caller writes it. */
export const timeIn = (description: string) =>
  Type.String({ format: 'date-time', maxLength: DATE_TIME_CHARACTERS, description });

/** RFC 3339 in UTC with milliseconds, as we write it. */
export const timeOut = Type.String({ format: 'date-time', examples: ['2026-11-23T12:00:00.000Z'] });

/** A time as `timeOut` has it; null where there is none. */
export const timeOrNull = (unixMs: number | null): string | null => (unixMs === null ? null : timeText(unixMs));

/** Names that appear in paths. */
export const name = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,62}$',
  description: 'Lower case, at most 63 characters.',
});
