// registered_delivery, SMPP 3.4 §5.2.17; a receipt on success only is of 5.0 (§4.7.21).
const RECEIPT_MASK = 0x03;
const FAILURES_ONLY = 0x02;
const SUCCESS_ONLY = 0x03;
const UNDERWAY = 0x10;
/** Acknowledgements by the handset or its owner, which no carrier is asked for, and reserved bits. */
const BEYOND_MASK = 0xec;

/** Which receipts an application asks for. */
export interface Receipts {
  readonly wantsReceipt: boolean;
  readonly failuresOnly: boolean;
  readonly successOnly: boolean;
  readonly wantsUnderway: boolean;
}

/** By the lower bits, and bit 4: one object for each combination. */
const all: readonly Receipts[] = Array.from({ length: 0x20 }, (_, value) => ({
  wantsReceipt: (value & RECEIPT_MASK) !== 0,
  failuresOnly: (value & RECEIPT_MASK) === FAILURES_ONLY,
  successOnly: (value & RECEIPT_MASK) === SUCCESS_ONLY,
  wantsUnderway: (value & UNDERWAY) !== 0,
}));

/** Null where it asks for something this gateway does not do. */
export const receiptsOf = (value: number): Receipts | null => ((value & BEYOND_MASK) === 0 ? all[value]! : null);
