export type {
  Answer,
  CarrierEvents,
  CarrierLink,
  CarrierReceipt,
  CarrierRecord,
  HandOver,
  InboundPart,
  OutboundPart,
  ReceiptOutcome,
} from './carrier.ts';
