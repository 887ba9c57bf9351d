import { HOUR_MS } from '../base/clock.ts';
import { type MessageClass, messageClasses } from './contract.ts';

/** What a class decides on the way of a message. */
interface ClassRow {
  /** The longest that a message may be worth sending. */
  readonly validityMaxMs: number;
  /**
   * Whether a message whose answer was lost is handed over again. A one-time code never: two codes, or one code twice, is
   * what an attacker would like to cause. An advertisement neither: twice is worse than not at all.
   */
  readonly resendsInDoubt: boolean;
}

export const classes: Record<MessageClass, ClassRow> = {
  otp: { validityMaxMs: HOUR_MS, resendsInDoubt: false },
  transactional: { validityMaxMs: 72 * HOUR_MS, resendsInDoubt: true },
  marketing: { validityMaxMs: 72 * HOUR_MS, resendsInDoubt: false },
};

/** The stored number of a class is its place in the list, which is also the order of the lanes. */
export const classNumber = (messageClass: MessageClass): number => messageClasses.indexOf(messageClass);
