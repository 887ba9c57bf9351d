/** What an operator does about the privacy of a person, in an order in which each can be done: as which action it is on record. */
export interface PrivacyDeed {
  readonly route: string;
  readonly action:
    | 'retention.set'
    | 'hold.asked'
    | 'hold.approved'
    | 'hold.ended'
    | 'recipient.erased'
    | 'suppression.lifted';
  /** Who says that it was he. */
  readonly by: string;
  readonly path: (holdId: string) => string;
  readonly body: Readonly<Record<string, unknown>>;
}

const DAY_MS = 86_400_000;
const dayFromNow = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const dateFromNow = (days: number) => dayFromNow(days).slice(0, 10);

/** Of the account `sandbox` and a person of it. */
export const privacyDeeds = (number: string): readonly PrivacyDeed[] => [
  {
    route: 'PATCH /v1/retention/{datum}',
    action: 'retention.set',
    path: () => '/v1/retention/message_body',
    by: 'anna',
    body: { days: 20 },
  },
  {
    route: 'POST /v1/holds',
    action: 'hold.asked',
    path: () => '/v1/holds',
    body: {
      account: 'sandbox',
      number,
      fromDay: dateFromNow(-1),
      toDay: dateFromNow(1),
      expiresAt: dayFromNow(30),
      why: 'a case',
    },
    by: 'anna',
  },
  {
    route: 'POST /v1/holds/{id}/approve',
    action: 'hold.approved',
    path: (holdId) => `/v1/holds/${holdId}/approve`,
    by: 'berta',
    body: {},
  },
  {
    route: 'POST /v1/holds/{id}/end',
    action: 'hold.ended',
    path: (holdId) => `/v1/holds/${holdId}/end`,
    by: 'anna',
    body: {},
  },
  {
    route: 'POST /v1/accounts/{account}/erasures',
    action: 'recipient.erased',
    path: () => '/v1/accounts/sandbox/erasures',
    by: 'anna',
    body: { number, why: 'asked for it' },
  },
  {
    route: 'POST /v1/accounts/{account}/suppressions/lift',
    action: 'suppression.lifted',
    path: () => '/v1/accounts/sandbox/suppressions/lift',
    by: 'anna',
    body: { number, why: 'asked for it' },
  },
];
