/** The advisory locks of the database, by number: each names one thing that two gateways must not do at the same time. */
export const locks = {
  migrate: 0x5a11_0001,
  makeDays: 0x5a11_0002,
} as const;
