/**
 * The life of a message, as a table: the number stored, whether it is an end, and which states may follow. The state of a
 * message is its latest event; a stored message without one is `accepted`.
 */
interface StateRow {
  readonly number: number;
  readonly final: boolean;
  /** Whether it is an entry of the audit log: that a message was taken, that it may have been sent twice, how it ended. */
  readonly onRecord: boolean;
  readonly next: readonly string[];
}

export const states = {
  accepted: {
    number: 0,
    final: false,
    onRecord: true,
    next: ['scheduled', 'taken', 'sent', 'retrying', 'in_doubt', 'failed', 'expired', 'cancelled', 'unknown'],
  },
  /** Waits for its time of delivery. */
  scheduled: { number: 1, final: false, onRecord: false, next: ['taken', 'cancelled', 'expired', 'failed'] },
  /** Read back from the store for hand-off: from here on it may have reached the carrier. */
  taken: {
    number: 2,
    final: false,
    onRecord: false,
    next: ['taken', 'sent', 'retrying', 'in_doubt', 'failed', 'expired', 'cancelled', 'unknown'],
  },
  /** The carrier refused it for now; it is tried again. */
  retrying: { number: 3, final: false, onRecord: false, next: ['taken', 'cancelled', 'expired', 'failed'] },
  /** Handed to the carrier, whose answer was lost. */
  in_doubt: {
    number: 4,
    final: false,
    onRecord: true,
    next: ['taken', 'sent', 'delivered', 'undelivered', 'expired', 'retrying', 'failed', 'in_doubt', 'unknown'],
  },
  /** The carrier has it. */
  sent: { number: 5, final: false, onRecord: false, next: ['delivered', 'undelivered', 'expired', 'unknown'] },
  delivered: { number: 10, final: true, onRecord: true, next: [] },
  undelivered: { number: 11, final: true, onRecord: true, next: [] },
  /** Its validity ended before it was delivered. */
  expired: { number: 12, final: true, onRecord: true, next: [] },
  /** Refused for good by the carrier, or by no carrier being there for it. */
  failed: { number: 13, final: true, onRecord: true, next: [] },
  cancelled: { number: 14, final: true, onRecord: true, next: [] },
  /** Sent or in doubt, and no receipt came in time, or none can come: its carrier was removed. */
  unknown: { number: 15, final: true, onRecord: true, next: ['delivered', 'undelivered'] },
  /** A message from a handset, stored. */
  received: { number: 20, final: true, onRecord: true, next: [] },
} as const satisfies Record<string, StateRow>;

export type MessageState = keyof typeof states;

const byNumber = new Map<number, MessageState>(
  Object.entries(states).map(([state, row]) => [row.number, state as MessageState]),
);

/** The state of a stored number; null where no state has it. */
export const stateOf = (number: number): MessageState | null => byNumber.get(number) ?? null;
