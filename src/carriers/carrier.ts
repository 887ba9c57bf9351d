import type { Language } from '../wire/text/languages.ts';
import type { Cutting } from '../wire/text/segments.ts';

/**
 * What the river asks of a carrier, whatever it speaks. A link takes parts (one SMS each) while it has room, and reports
 * every part exactly once. `test/contract/carrier-contract.ts` holds each link to this.
 */
/** The place of a part in its long message, told beside the text and not in it: the sar_* TLVs of SMPP 3.4 §5.3.2.22 to 24. */
export interface PlaceInWhole {
  /** 16 bits that the parts of one message share. */
  readonly reference: number;
  readonly total: number;
  /** From 1. */
  readonly number: number;
}

export type { Cutting };

/** What a carrier can do with a message: decided before the message is stored, or handed to another carrier. */
export interface CarrierTraits {
  readonly cutting: Cutting;
  /** Languages whose tables (TS 23.038 §6.2.1.2) the carrier's handsets read; none where it is not known. */
  readonly nationalLanguages: readonly Language[];
}

export interface OutboundPart {
  /** E.164 digits. */
  readonly to: string;
  /** The sender: short code, long code or alphanumeric id. */
  readonly from: string;
  readonly dataCoding: number;
  /** Whether `octets` begin with a user data header (TS 23.040 §9.2.3.24). */
  readonly hasHeader: boolean;
  /** The user data: at most 254 octets, but for a link that takes long messages whole. */
  readonly octets: Buffer;
  /** TP-PID (TS 23.040 §9.2.3.9); 0 for a plain message. */
  readonly protocolId: number;
  /** Optional parameters that the application sent to be passed on, in the form of the wire; null for none. */
  readonly tlvs: Buffer | null;
  /** For a link that numbers parts by TLVs; else null. */
  readonly place: PlaceInWhole | null;
  /** Unix ms after which the message is not worth delivering. */
  readonly expiresAtMs: number;
}

/**
 * What follows a refusal: this carrier takes it later (`slow down`: at once, as soon as it takes anything again), another
 * carrier may take it, or none will.
 */
export type AfterRefusal = (typeof afterRefusals)[number];
export const afterRefusals = ['slow down', 'retry', 'other route', 'fail'] as const;

/** What became of a part that was handed over. */
export type HandOver =
  /** The carrier has it under this id. */
  | { readonly kind: 'sent'; readonly reference: string }
  /** The carrier refused it; `code` is its command_status. */
  | { readonly kind: 'refused'; readonly code: number; readonly next: AfterRefusal }
  /** Its answer was lost: whether the carrier has it is not known. */
  | { readonly kind: 'lost' }
  /** The link went down before the part left: the carrier does not have it. */
  | { readonly kind: 'unsent' };

/** How a carrier's receipt names what became of a message. */
export type ReceiptOutcome = 'delivered' | 'undelivered' | 'expired' | 'underway';

export interface CarrierReceipt {
  /** The carrier's id of the message, as it wrote it. */
  readonly reference: string;
  readonly outcome: ReceiptOutcome;
  /** The carrier's network error code; 0 where it gave none. */
  readonly code: number;
  /** The handset's address as the carrier wrote it, and the sender the message had: for receipts without a known id. */
  readonly handset: string;
  readonly sender: string;
}

/** A message from a handset, whole or one part of a long one. */
export interface InboundPart {
  readonly handset: string;
  readonly to: string;
  readonly dataCoding: number;
  readonly hasHeader: boolean;
  readonly octets: Buffer;
  readonly protocolId: number;
  /** Optional parameters to be passed on to the application, in the form of the wire; null for none. */
  readonly tlvs: Buffer | null;
  /** Where the carrier numbers the parts of a long message by TLVs; else null. */
  readonly place: PlaceInWhole | null;
}

/** Tells the carrier whether a receipt or an inbound part is in our keeping; where it is not, the carrier sends it again. */
export type Answer = (kept: boolean) => void;

export interface CarrierEvents<Part extends OutboundPart> {
  /** There is room again, or the link came up or went down. */
  changed(): void;
  handedOver(part: Part, result: HandOver): void;
  /** The answer to a part that was reported lost: the carrier has it, under this id. At most once a hand-over. */
  answeredLate(part: Part, reference: string): void;
  /** The refusal of a part that was reported lost: the carrier does not have it. At most once a hand-over. */
  refusedLate(part: Part, code: number): void;
  receipt(receipt: CarrierReceipt, answer: Answer): void;
  inbound(part: InboundPart, answer: Answer): void;
}

export interface CarrierLink<Part extends OutboundPart> {
  readonly traits: CarrierTraits;
  /** How many parts may be handed over now; 0 while the link is down. */
  readonly room: number;
  readonly isUp: boolean;
  /** In words, for an operator: `bound`, `connecting: connection refused`, … */
  readonly status: string;
  /** Hands a part over. Only where there is room. */
  submit(part: Part): void;
  start(): void;
  /** Takes no more, waits for what is due within the link's response time, reports the rest as lost. */
  stop(): Promise<void>;
}
