import type { PduFields } from '../../src/wire/smpp/pdus.ts';
import { type ExamplesOf, empty, plain } from './example-fields.ts';

const bind: PduFields<'bind_transceiver'> = {
  system_id: 'fortress',
  password: 'drawbrid',
  system_type: 'gateway',
  interface_version: 0x34,
  addr_ton: 1,
  addr_npi: 1,
  address_range: '^1202555',
};

const bound = { ...plain, fields: { system_id: 'sallyport' }, tlvs: { sc_interface_version: 0x34 } };

/** PDUs that open, keep and end a session. */
export const sessionExamples: ExamplesOf<
  | 'bind_receiver'
  | 'bind_receiver_resp'
  | 'bind_transmitter'
  | 'bind_transmitter_resp'
  | 'bind_transceiver'
  | 'bind_transceiver_resp'
  | 'outbind'
  | 'unbind'
  | 'unbind_resp'
  | 'enquire_link'
  | 'enquire_link_resp'
  | 'alert_notification'
  | 'generic_nack'
> = {
  bind_receiver: [
    { ...plain, title: 'bind as receiver', fields: bind },
    { ...plain, title: 'bind as receiver of SMPP 3.3', fields: { ...bind, interface_version: 0x33, system_type: '' } },
  ],
  bind_receiver_resp: [{ ...bound, title: 'bound as receiver' }],
  bind_transmitter: [
    { ...plain, title: 'bind as transmitter', fields: { ...bind, address_range: '' } },
    {
      ...plain,
      title: 'bind with every field at its longest',
      fields: {
        ...bind,
        system_id: 'x'.repeat(15),
        password: 'p'.repeat(8),
        system_type: 't'.repeat(12),
        address_range: 'r'.repeat(40),
      },
    },
  ],
  bind_transmitter_resp: [{ ...plain, title: 'bound as transmitter', fields: { system_id: '' } }],
  bind_transceiver: [
    { ...plain, title: 'bind as transceiver', sequence: 0x7fffffff, fields: bind },
    { ...plain, title: 'bind as transceiver of SMPP 5.0', fields: { ...bind, interface_version: 0x50 } },
  ],
  bind_transceiver_resp: [
    { ...bound, title: 'bound as transceiver' },
    { ...bound, title: 'bound to an SMSC of SMPP 5.0', tlvs: { sc_interface_version: 0x50, congestion_state: 0 } },
    { ...plain, title: 'refused bind without a body', status: 0x0e, fields: { system_id: '' } },
    {
      ...bound,
      title: 'refused bind with a reason',
      status: 0x0d,
      fields: { system_id: '' },
      tlvs: { additional_status_info_text: 'closed for the night' },
    },
  ],
  outbind: [
    { ...plain, title: 'come and bind', fields: { system_id: 'fortress', password: 'drawbrid' } },
    { ...plain, title: 'come and bind, without a password', fields: { system_id: 'fortress', password: '' } },
  ],
  unbind: [{ ...empty, title: 'goodbye', sequence: 4 }],
  unbind_resp: [{ ...empty, title: 'goodbye too', sequence: 4 }],
  enquire_link: [{ ...empty, title: 'still there?', sequence: 3 }],
  enquire_link_resp: [{ ...empty, title: 'still there', sequence: 3 }],
  alert_notification: [
    {
      ...plain,
      title: 'a handset is back',
      fields: {
        source_addr_ton: 1,
        source_addr_npi: 1,
        source_addr: '12025550143',
        esme_addr_ton: 3,
        esme_addr_npi: 0,
        esme_addr: '72345',
      },
      tlvs: { ms_availability_status: 0 },
    },
    {
      ...plain,
      title: 'a handset is back, with addresses at their longest',
      fields: {
        source_addr_ton: 0,
        source_addr_npi: 14,
        source_addr: 's'.repeat(64),
        esme_addr_ton: 0,
        esme_addr_npi: 14,
        esme_addr: 'e'.repeat(64),
      },
    },
  ],
  generic_nack: [{ ...empty, title: 'not understood', status: 3, sequence: 5 }],
};
