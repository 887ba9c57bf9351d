import type { CommandName } from './commands.ts';
import { type BodyField, type CountedList, countedOctets, cString, u8, u32, type ValuesOf } from './fields.ts';

/**
 * Mandatory parameters of each PDU in the order of the wire, SMPP 3.4 §4 and SMPP 5.0 §4. What follows them in a PDU are
 * TLVs. Where the versions differ, the wider bound is read and the narrower one is written.
 */
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

const serviceType = cString(6, 'ESME_RINVSERTYP');
const messageId = cString(65, 'ESME_RINVMSGID');
const sourceAddress = cString(21, 'ESME_RINVSRCADR');
const destinationAddress = cString(21, 'ESME_RINVDSTADR');
/** data_sm and alert_notification carry addresses of IP networks too, SMPP 3.4 §4.7.1, §4.12.1. */
const longSourceAddress = cString(65, 'ESME_RINVSRCADR');
const longDestinationAddress = cString(65, 'ESME_RINVDSTADR');

const source = { source_addr_ton: u8, source_addr_npi: u8, source_addr: sourceAddress } as const;
const destination = { dest_addr_ton: u8, dest_addr_npi: u8, destination_addr: destinationAddress } as const;

const times = {
  schedule_delivery_time: cString(17, 'ESME_RINVSCHED'),
  validity_period: cString(17, 'ESME_RINVEXPIRY'),
} as const;

const handling = {
  esm_class: u8,
  protocol_id: u8,
  priority_flag: u8,
  ...times,
  registered_delivery: u8,
  replace_if_present_flag: u8,
  data_coding: u8,
  sm_default_msg_id: u8,
  short_message: countedOctets(254, 'ESME_RINVMSGLEN'),
} as const;

const shortMessage = { service_type: serviceType, ...source, ...destination, ...handling } as const;

/** number_of_dests and dest_address, SMPP 3.4 §4.5.1.1: addresses (1) and names of distribution lists (2). */
const destinations = {
  kind: 'list',
  min: 1,
  max: 254,
  broken: 'ESME_RINVNUMDESTS',
  items: {
    flag: 'dest_flag',
    broken: 'ESME_RINVDESTFLAG',
    forms: { 1: destination, 2: { dl_name: cString(21, 'ESME_RINVDLNAME') } },
  },
} as const satisfies CountedList;

/** no_unsuccess and unsuccess_sme, SMPP 3.4 §4.5.2.1: the destinations that were not accepted, each with its reason. */
const unsuccessful = {
  kind: 'list',
  min: 0,
  max: 254,
  broken: 'ESME_RINVNUMDESTS',
  items: { fields: { ...destination, error_status_code: u32 } },
} as const satisfies CountedList;

const messageResponse = { message_id: messageId } as const;
const ofMessage = { message_id: messageId, ...source } as const;

const nothing = {} as const;

export const pdus = {
  generic_nack: nothing,
  bind_receiver: bind,
  bind_receiver_resp: bindResponse,
  bind_transmitter: bind,
  bind_transmitter_resp: bindResponse,
  query_sm: ofMessage,
  query_sm_resp: { message_id: messageId, final_date: cString(17), message_state: u8, error_code: u8 },
  submit_sm: shortMessage,
  submit_sm_resp: messageResponse,
  deliver_sm: shortMessage,
  deliver_sm_resp: messageResponse,
  unbind: nothing,
  unbind_resp: nothing,
  replace_sm: {
    ...ofMessage,
    ...times,
    registered_delivery: u8,
    sm_default_msg_id: u8,
    short_message: handling.short_message,
  },
  replace_sm_resp: nothing,
  cancel_sm: { service_type: serviceType, message_id: messageId, ...source, ...destination },
  cancel_sm_resp: nothing,
  bind_transceiver: bind,
  bind_transceiver_resp: bindResponse,
  outbind: { system_id: bind.system_id, password: bind.password },
  enquire_link: nothing,
  enquire_link_resp: nothing,
  submit_multi: { service_type: serviceType, ...source, dest_address: destinations, ...handling },
  submit_multi_resp: { message_id: messageId, unsuccess_sme: unsuccessful },
  alert_notification: {
    source_addr_ton: u8,
    source_addr_npi: u8,
    source_addr: longSourceAddress,
    esme_addr_ton: u8,
    esme_addr_npi: u8,
    esme_addr: longDestinationAddress,
  },
  data_sm: {
    service_type: serviceType,
    source_addr_ton: u8,
    source_addr_npi: u8,
    source_addr: longSourceAddress,
    dest_addr_ton: u8,
    dest_addr_npi: u8,
    destination_addr: longDestinationAddress,
    esm_class: u8,
    registered_delivery: u8,
    data_coding: u8,
  },
  data_sm_resp: messageResponse,
  broadcast_sm: {
    service_type: serviceType,
    ...source,
    message_id: messageId,
    priority_flag: u8,
    ...times,
    replace_if_present_flag: u8,
    data_coding: u8,
    sm_default_msg_id: u8,
  },
  broadcast_sm_resp: messageResponse,
  query_broadcast_sm: ofMessage,
  query_broadcast_sm_resp: messageResponse,
  cancel_broadcast_sm: { service_type: serviceType, ...ofMessage },
  cancel_broadcast_sm_resp: nothing,
} as const satisfies Record<CommandName, Readonly<Record<string, BodyField>>>;

/** The values of a PDU's mandatory parameters, by the names of the specification. */
export type PduFields<Name extends CommandName> = ValuesOf<(typeof pdus)[Name]>;
