import { HOUR_MS, MINUTE_MS } from '../base/clock.ts';
import { type MessageClass, messageClasses } from './contract.ts';

/** What a class decides on the way of a message. */
interface ClassRow {
  /** How long a message is worth sending where its sender does not say. */
  readonly validityMs: number;
  readonly validityMaxMs: number;
  /**
   * Whether a message whose answer was lost is handed over again. A one-time code never: two codes, or one code twice, is
   * what an attacker would like to cause. An advertisement neither: twice is worse than not at all.
   */
  readonly resendsInDoubt: boolean;
}

export const classes: Record<MessageClass, ClassRow> = {
  otp: { validityMs: 5 * MINUTE_MS, validityMaxMs: 10 * MINUTE_MS, resendsInDoubt: false },
  transactional: { validityMs: 24 * HOUR_MS, validityMaxMs: 72 * HOUR_MS, resendsInDoubt: true },
  marketing: { validityMs: 24 * HOUR_MS, validityMaxMs: 72 * HOUR_MS, resendsInDoubt: false },
};

/** The stored number of a class is its place in the list, which is also the order of the lanes. */
export const classNumber = (messageClass: MessageClass): number => messageClasses.indexOf(messageClass);
