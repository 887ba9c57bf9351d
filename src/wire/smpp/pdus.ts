import type { CommandName } from './commands.ts';
import { type BodyField, countedOctets, cString, u8, type ValuesOf } from './fields.ts';

/** Mandatory parameters of each PDU in the order of the wire, SMPP 3.4 §4. What follows them in a PDU are TLVs. */
const bind = {
  system_id: cString(16, 'ESME_RINVSYSID'),
  password: cString(9, 'ESME_RINVPASWD'),
  system_type: cString(13, 'ESME_RINVSYSTYP'),
  interface_version: u8,
  addr_ton: u8,
  addr_npi: u8,
  address_range: cString(41),
} as const;

const bindResponse = { system_id: cString(16) } as const;

const shortMessage = {
  service_type: cString(6, 'ESME_RINVSERTYP'),
  source_addr_ton: u8,
  source_addr_npi: u8,
  source_addr: cString(21, 'ESME_RINVSRCADR'),
  dest_addr_ton: u8,
  dest_addr_npi: u8,
  destination_addr: cString(21, 'ESME_RINVDSTADR'),
  esm_class: u8,
  protocol_id: u8,
  priority_flag: u8,
  schedule_delivery_time: cString(17, 'ESME_RINVSCHED'),
  validity_period: cString(17, 'ESME_RINVEXPIRY'),
  registered_delivery: u8,
  replace_if_present_flag: u8,
  data_coding: u8,
  sm_default_msg_id: u8,
  short_message: countedOctets(254, 'ESME_RINVMSGLEN'),
} as const;

const messageResponse = { message_id: cString(65, 'ESME_RINVMSGID') } as const;

const nothing = {} as const;

export const pdus = {
  generic_nack: nothing,
  bind_receiver: bind,
  bind_receiver_resp: bindResponse,
  bind_transmitter: bind,
  bind_transmitter_resp: bindResponse,
  bind_transceiver: bind,
  bind_transceiver_resp: bindResponse,
  submit_sm: shortMessage,
  submit_sm_resp: messageResponse,
  deliver_sm: shortMessage,
  deliver_sm_resp: messageResponse,
  unbind: nothing,
  unbind_resp: nothing,
  enquire_link: nothing,
  enquire_link_resp: nothing,
} as const satisfies Record<CommandName, Readonly<Record<string, BodyField>>>;

/** The values of a PDU's mandatory parameters, by the names of the specification. */
export type PduFields<Name extends CommandName> = ValuesOf<(typeof pdus)[Name]>;
