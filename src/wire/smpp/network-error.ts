import { readU16 } from './header.ts';

/** The networks whose errors a network_error_code may carry: SMPP 3.4 §5.3.2.31, SMPP 5.0 §4.8.4.42. */
export const networkErrorTypes = {
  1: 'ANSI-136 access denied',
  2: 'IS-95 access denied',
  3: 'GSM',
  4: 'ANSI-136 cause',
  5: 'IS-95 cause',
  6: 'ANSI-41',
  7: 'SMPP',
  8: 'of the message centre itself',
} as const;

export type NetworkErrorType = keyof typeof networkErrorTypes;

/** Why a message was not delivered, in the words of the network it was for. */
export interface NetworkError {
  /** Null where the SMSC gives a number that stands for no network. */
  readonly network: NetworkErrorType | null;
  readonly code: number;
}

const VALUE_BYTES = 3;

/** Reads the value of a network_error_code; null where it is not three octets long, or tells of no error. */
export function readNetworkError(value: Buffer): NetworkError | null {
  if (value.length !== VALUE_BYTES) return null;
  const [type, code] = [value[0]!, readU16(value, 1)];
  if (code === 0) return null;
  return { network: type in networkErrorTypes ? (type as NetworkErrorType) : null, code };
}
