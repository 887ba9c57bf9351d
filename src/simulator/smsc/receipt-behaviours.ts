import type { Row } from './behaviour.ts';

/** How carriers write their receipts, and when they send them. */
export const receiptRows: readonly Row[] = [
  [
    'early-receipts',
    'Sends each receipt before the answer to its submit_sm.',
    'Matches it when the answer comes.',
    { receipt: { isEarly: true }, answer: { delayMs: 300 } },
  ],
  ['slow-receipts', 'Sends receipts after ten seconds.', 'Waits.', { receipt: { delayMs: 10_000 } }],
  ['duplicate-receipts', 'Sends each receipt three times.', 'Counts it once.', { receipt: { copies: 3 } }],
  [
    'receipts-on-another-bind',
    'Sends receipts on another bind than the message came on.',
    'Matches them all the same.',
    { receipt: { on: 'another bind' } },
  ],
  [
    'intermediate-notifications',
    'Sends an intermediate notification before each receipt.',
    'Does not take it for the end.',
    { receipt: { isAnnounced: true } },
  ],
  [
    'four-digit-years',
    'Writes receipts with four digits of year.',
    'Reads them.',
    { receipt: { form: 'four-digit years' } },
  ],
  ['dates-with-seconds', 'Writes receipts with seconds.', 'Reads them.', { receipt: { form: 'seconds' } }],
  ['lower-case-receipts', 'Writes receipts in lower case.', 'Reads them.', { receipt: { form: 'lower case' } }],
  [
    'receipts-with-missing-fields',
    'Writes id and stat into receipts, and nothing else.',
    'Reads them.',
    { receipt: { form: 'missing fields' } },
  ],
  [
    'receipts-in-another-order',
    'Writes the fields of receipts in another order.',
    'Reads them.',
    { receipt: { form: 'another order' } },
  ],
  ['receipts-in-tlvs-only', 'Sends receipts without a text.', 'Reads the TLVs.', { receipt: { form: 'TLVs only' } }],
  [
    'hexadecimal-ids',
    'Answers with the id in hexadecimal and writes it in decimal into the receipt.',
    'Matches them, as its settings for the carrier say.',
    { answer: { ids: 'hex' }, receipt: { ids: 'decimal' } },
  ],
  [
    'decimal-ids',
    'Answers with the id in decimal and writes it in hexadecimal into the receipt.',
    'Matches them, as its settings for the carrier say.',
    { answer: { ids: 'decimal' }, receipt: { ids: 'upper case hex' } },
  ],
  [
    'leading-zeros',
    'Writes ids with leading zeros into receipts.',
    'Matches them.',
    { answer: { ids: 'decimal' }, receipt: { ids: 'leading zeros' } },
  ],
  ['long-ids', 'Writes ids of 64 characters.', 'Matches them.', { answer: { ids: 'long' }, receipt: { ids: 'long' } }],
  ['no-receipts', 'Sends no receipts.', 'Says so when the time is over: unknown.', { receipt: { share: 0 } }],
  [
    'some-receipts',
    'Leaves out a tenth of the receipts, and a fifth tells of a failure.',
    'Reports each as it is.',
    {
      receipt: {
        share: 0.9,
        states: [
          { state: 'UNDELIV', share: 0.1 },
          { state: 'EXPIRED', share: 0.1 },
        ],
      },
    },
  ],
  [
    'stray-receipts',
    'Sends receipts for messages that never were, besides the true ones.',
    'Answers them, reports them, and takes them for no message.',
    { receipt: { isStray: true } },
  ],
];
