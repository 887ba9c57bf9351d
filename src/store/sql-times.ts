// Times are milliseconds since 1970 everywhere but in the database, where they are `timestamptz`.

/** SQL that reads a time as milliseconds since 1970; null stays null. */
export const msOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** SQL that makes a time of milliseconds since 1970, from a parameter (`$3`) or a column; null stays null. */
export const timeOf = (ms: string): string => `to_timestamp(${ms}::float8 / 1000)`;
