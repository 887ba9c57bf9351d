import { stateOf } from '../states.ts';

/**
 * What became of a notice, as the audit log numbers it: one of these, and the number of the state that was told, which is
 * less than 32. States themselves are numbered below.
 */
export const tellings = {
  /** The application answered that it has it. */
  told_by_smpp: 128,
  told_by_webhook: 160,
  /** It never took it: what is told no more stays in `waiting` until it is replayed, or was rejected for good. */
  not_told_by_smpp: 192,
  not_told_by_webhook: 224,
} as const;

export type Telling = keyof typeof tellings;

const STATES = 32;

/** What an entry about a message says: a state, or `delivered.told_by_smpp`; the number where it is neither. */
export function entryName(number: number): string {
  const [telling] = Object.entries(tellings).find(([, from]) => number >= from && number < from + STATES) ?? [];
  const state = telling === undefined ? stateOf(number) : stateOf(number % STATES);
  if (state === null) return String(number);
  return telling === undefined ? state : `${state}.${telling}`;
}
