import type { MessageState } from '../../messages/index.ts';
import { type ReceiptState, receiptStates } from '../../wire/smpp/receipt-text.ts';
import { VERSION_5_0, type Version } from '../../wire/smpp/version.ts';

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

/** The number of a state in message_state. Since 5.0 (§4.7.15) a message that waits for its time is not under way. */
export const messageStateOf = (state: MessageState, version: Version): number =>
  receiptStates[state === 'scheduled' && version === VERSION_5_0 ? 'SCHEDULED' : receiptStateFor(state)].number;
