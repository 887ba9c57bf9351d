import type { Quantiles } from './waits.ts';

/** What a load has done since it was started. */
export interface LoadTotals {
  readonly sent: number;
  readonly accepted: number;
  readonly refused: number;
  /** How often each refusal came: by command_status or HTTP status. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Receipts that came back to the application. */
  readonly receipts: number;
  /** Receipts for a message that has had one, or that was never accepted. */
  readonly strayReceipts: number;
  /** Messages to a number that should have been new and was not, for all had been used. */
  readonly repeatedRecipients: number;
}

/** What it has done since the last mark. The waiting times are from sending to the answer. */
export interface LoadMeasure extends Quantiles {
  readonly seconds: number;
  readonly accepted: number;
  readonly receipts: number;
}
