/**
 * The advisory locks of the database, by number: each names one thing that two gateways must not do at the same time. One
 * table, so that no two things have one number.
 */
export const locks = {
  migrate: 0x5a11_0001,
  makeDays: 0x5a11_0002,
  /** Gives entries of the audit log their places. */
  sequence: 0x5a11_a0d1,
  /** Exports the audit log. */
  export: 0x5a11_a0d2,
  /** Asks witnesses of the audit log. */
  witness: 0x5a11_a0d3,
  /** Raises and ends alarms. */
  alarm: 0x5a11_a1a2,
  /** Makes keys of one-time codes, so that a window has one. */
  makeCodeKeys: 0x5a11_c0de,
  /** Ends what is beyond its time. */
  retain: 0x5a11_7e7a,
} as const;
