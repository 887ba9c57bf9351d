import type { Actor } from '../../audit/index.ts';
import type { Fault } from '../../base/fault.ts';

/** A receipt that no message was found for, or that is contrary to the one before. */
export interface UnmatchedReceiptView {
  readonly carrier: string;
  /** YYYY-MM-DD, UTC. */
  readonly day: string;
  /** The carrier's id of the message; null for all that were beyond the limit of the day. */
  readonly reference: string | null;
  readonly state: string;
  readonly why: 'unmatched' | 'contradicted';
  readonly code: number;
  readonly count: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface ReceiptReportView {
  readonly receipts: readonly UnmatchedReceiptView[];
  /** How many messages of a day never had a receipt. */
  readonly missing: readonly { readonly carrier: string; readonly day: string; readonly count: number }[];
}

/** What the operator may ask about receipts. */
export interface ReceiptReports {
  /** Of one carrier, or of all for null; when it is on record that `by` has read it. */
  receiptReport(carrier: string | null, by: Actor): Promise<ReceiptReportView | Fault>;
}
