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
export {
  type CarrierChange,
  type CarrierPlaces,
  Carriers,
  type CarriersOptions,
  type WantedCarrier,
} from './carriers.ts';
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
export { type ProbeOptions, probe } from './smpp/probe.ts';
export { adviceFor } from './smpp/probe-advice.ts';
export type { ProbeStep } from './smpp/probe-step.ts';
export {
  CarrierTls,
  SmppCarrierSettings,
  smppCarrierFields,
  versionOctets,
  withDefaults,
} from './smpp/settings.ts';
