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
  /**
   * Which key its body is sealed under, with the recipient's: that of the day it came, which retention ends, or that of the
   * ten minutes in which it is not valid any more, which ends with them.
   */
  readonly sealedFor: 'day' | 'window';
}

export const classes: Record<MessageClass, ClassRow> = {
  otp: { validityMaxMs: HOUR_MS, resendsInDoubt: false, sealedFor: 'window' },
  transactional: { validityMaxMs: 72 * HOUR_MS, resendsInDoubt: true, sealedFor: 'day' },
  marketing: { validityMaxMs: 72 * HOUR_MS, resendsInDoubt: false, sealedFor: 'day' },
};

/** When nobody may read a message of this class any more, Unix ms; null where retention says it. */
export const codeEndOf = (messageClass: MessageClass, expiresAtMs: number): number | null =>
  classes[messageClass].sealedFor === 'window' ? expiresAtMs : null;

/** The stored number of a class is its place in the list, which is also the order of the lanes. */
export const classNumber = (messageClass: MessageClass): number => messageClasses.indexOf(messageClass);
