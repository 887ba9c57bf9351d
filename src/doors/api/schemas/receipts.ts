import { Type } from 'typebox';
import { closed, oneOf, orNull, timeOut } from './shape.ts';

const unmatchedReceipt = closed(
  {
    carrier: Type.String(),
    day: Type.String({ description: 'YYYY-MM-DD, in UTC.' }),
    reference: orNull(
      Type.String({ description: "The carrier's id of the message; null for those beyond 1,000 a day and carrier." }),
    ),
    state: Type.String({ description: 'What it said became of the message.' }),
    why: oneOf(['unmatched', 'contradicted'], 'No message was found for it, or another receipt had said otherwise.'),
    code: Type.Integer(),
    count: Type.Integer(),
    firstSeen: timeOut,
    lastSeen: timeOut,
  },
  { title: 'UnmatchedReceipt' },
);

export const receiptReport = closed(
  {
    receipts: Type.Array(unmatchedReceipt, { description: 'The latest first, at most 1,000.' }),
    missing: Type.Array(closed({ carrier: Type.String(), day: Type.String(), count: Type.Integer() }), {
      description: 'How many messages that were sent on a day never had a receipt. Known four days later.',
    }),
  },
  { title: 'ReceiptReport' },
);
