export type {
  AfterRefusal,
  Answer,
  CarrierEvents,
  CarrierLink,
  CarrierReceipt,
  CarrierTraits,
  Cutting,
  HandOver,
  InboundPart,
  OutboundPart,
  PlaceInWhole,
  ReceiptOutcome,
} from './carrier.ts';
export { Carriers, type CarriersOptions, type WantedCarrier } from './carriers.ts';
export { type CarrierRow, CarriersStore } from './carriers-store.ts';
export type { RouteQuestion, RouteRule } from './routing/router.ts';
export { Routes } from './routing/routes.ts';
export { type RouteRow, RoutesStore } from './routing/routes-store.ts';
export {
  Handset,
  type HandsetMessage,
  SandboxLink,
  type SandboxRule,
  sandboxRules,
} from './sandbox/index.ts';
export { SmppLink } from './smpp/link.ts';
