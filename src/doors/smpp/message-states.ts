import type { MessageState } from '../../messages/index.ts';
import { type ReceiptState, receiptStates } from '../../wire/smpp/receipt-text.ts';

/** How SMPP names what has become of a message (3.4 §5.2.28, appendix B). What is not here is under way. */
const names: Partial<Record<MessageState, ReceiptState>> = {
  delivered: 'DELIVRD',
  undelivered: 'UNDELIV',
  expired: 'EXPIRED',
  failed: 'REJECTD',
  cancelled: 'DELETED',
  unknown: 'UNKNOWN',
};

export const receiptStateFor = (state: MessageState): ReceiptState => names[state] ?? 'ENROUTE';

/** The number of a state in message_state. */
export const messageStateOf = (state: MessageState): number => receiptStates[receiptStateFor(state)].number;
