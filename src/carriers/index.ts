export type {
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
export {
  type CarrierPlaces,
  Carriers,
  type WantedCarrier,
} from './carriers.ts';
export { type CarrierRow, CarriersStore } from './carriers-store.ts';
export type { RouteQuestion, RouteRule } from './routing/router.ts';
export { type RouteRow, Routes } from './routing/routes.ts';
export { RoutesStore } from './routing/routes-store.ts';
export {
  Handset,
  type HandsetMessage,
  SandboxLink,
  sandboxRules,
} from './sandbox/index.ts';
export { SmppLink } from './smpp/link.ts';
export { probe } from './smpp/probe.ts';
export { adviceFor } from './smpp/probe-advice.ts';
export type { ProbeStep } from './smpp/probe-step.ts';
export {
  CarrierTls,
  SmppCarrierSettings,
  smppCarrierFields,
  versionOctets,
  withDefaults,
} from './smpp/settings.ts';
