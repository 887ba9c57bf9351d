import type { UnknownTlv } from '../../src/wire/smpp/tlvs.ts';
import { tlvs as tlvTable } from '../../src/wire/smpp/tlvs.ts';
import type { Carried, MessageKind } from '../../src/wire/text/kinds.ts';

/** A message, and every kind that it is of. */
export interface KindExample extends Carried {
  readonly name: string;
  readonly kinds: readonly MessageKind[];
  readonly tlvs: readonly UnknownTlv[];
}

const TEXT = Buffer.from('hello');
const example = (name: string, kinds: readonly MessageKind[], about: Partial<KindExample>): KindExample => ({
  name,
  kinds,
  dataCoding: 0,
  protocolId: 0,
  octets: TEXT,
  hasHeader: false,
  tlvs: [],
  ...about,
});

const coded = (kinds: readonly MessageKind[], ...codings: readonly number[]) =>
  codings.map((dataCoding) =>
    example(`data_coding 0x${dataCoding.toString(16)}`, kinds, { dataCoding, octets: Buffer.from('\0h\0i') }),
  );
const pids = (kinds: readonly MessageKind[], ...protocolIds: readonly number[]) =>
  protocolIds.map((protocolId) => example(`protocol_id 0x${protocolId.toString(16)}`, kinds, { protocolId }));
const headed = (kinds: readonly MessageKind[], name: string, ...elements: readonly number[]) =>
  example(name, kinds, { hasHeader: true, octets: Buffer.from([elements.length, ...elements, ...TEXT]) });
const tagged = (kinds: readonly MessageKind[], name: keyof typeof tlvTable, ...value: readonly number[]) =>
  example(`${name} ${value.join(' ')}`, kinds, { tlvs: [{ tag: tlvTable[name].tag, value: Buffer.from(value) }] });

const CONCATENATION = [0x00, 0x03, 0x2a, 2, 1];
const WIDE_CONCATENATION = [0x08, 0x04, 0x2a, 0x2a, 2, 1];

/** For each kind, one way or more to be of it and of no other; what is of several kinds stands below. */
export const kindExamples: readonly KindExample[] = [
  ...coded(['flash'], 0x10, 0x18, 0x40, 0x48, 0x50, 0xf0),
  tagged(['flash'], 'dest_addr_subunit', 1),
  tagged(['flash'], 'display_time', 0),
  ...pids(['silent'], 0x40),
  ...pids(['replace'], 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47),
  headed(['ports'], '8-bit ports', 0x04, 0x02, 0xf0, 0xf1),
  headed(['ports'], '16-bit ports', 0x05, 0x04, 0x40, 0x00, 0x40, 0x00),
  headed(['ports'], 'ports behind a part number', ...CONCATENATION, 0x05, 0x04, 0x40, 0x00, 0x40, 0x00),
  tagged(['ports'], 'destination_port', 0x40, 0x00),
  tagged(['ports'], 'source_port', 0x40, 0x00),
  headed(['push'], 'a wireless control message', 0x09, 0x01, 0x00),
  tagged(['push'], 'payload_type', 1),
  ...coded(['sim'], 0x12, 0x13, 0x1a, 0xf2, 0xf3),
  ...pids(['sim'], 0x7c, 0x7d, 0x7e, 0x7f),
  headed(['sim'], 'a toolkit security header', 0x70, 0x00),
  headed(['sim'], 'the same behind a wide part number', ...WIDE_CONCATENATION, 0x7f, 0x01, 0x00),
  tagged(['sim'], 'dest_addr_subunit', 2),
  tagged(['sim'], 'dest_addr_subunit', 3),
  tagged(['sim'], 'dest_addr_subunit', 4),
  ...coded(['waiting'], 0xc0, 0xc8, 0xd0, 0xd9, 0xe0, 0xeb),
  ...pids(['waiting'], 0x5f),
  headed(['waiting'], 'a special message indication', 0x01, 0x02, 0x80, 0x05),
  headed(['waiting'], 'an enhanced voice mail', 0x23, 0x01, 0x00),
  tagged(['waiting'], 'ms_msg_wait_facilities', 0x80),
  tagged(['waiting'], 'number_of_messages', 3),
  ...coded(['binary'], 0x02, 0x04, 0x05, 0x0a, 0x0d, 0x0e, 0x15, 0xf5),
  ...pids(['protocol'], 0x01, 0x1f, 0x20, 0x22, 0x24, 0x32, 0x3f, 0x48, 0x5e, 0x60, 0x7b, 0x80, 0xbf, 0xc0, 0xff),
  headed(['elements'], 'a control parameter of the SMSC', 0x06, 0x01, 0x80),
  headed(['elements'], 'the source of the header', 0x07, 0x01, 0x01),
  headed(['elements'], 'formatted text', 0x0a, 0x03, 0x00, 0x05, 0x10),
  headed(['elements'], 'a picture', 0x12, 0x02, 0x00, 0x01),
  headed(['elements'], 'a mail header', 0x20, 0x01, 0x05),
  headed(['elements'], 'a link', 0x21, 0x04, 0x00, 0x00, 0x02, 0x03),
  headed(['elements'], 'another address to answer to', 0x22, 0x02, 0x01, 0x91),
  headed(['elements'], 'an element between two applications', 0x80, 0x00),
  headed(['elements'], 'an element of the network', 0xc0, 0x00),
  headed(['elements'], 'an element that nobody has defined', 0x30, 0x00),
  tagged(['callback'], 'callback_num', 0x01, 0x01, 0x01, 0x31),
  tagged(['callback'], 'callback_num_atag', 0x00, 0x31),
  tagged(['callback'], 'callback_num_pres_ind', 0x00),
  tagged(['session'], 'ussd_service_op', 0x02),
  tagged(['session'], 'its_reply_type', 0x00),
  tagged(['session'], 'its_session_info', 0x00, 0x00),
  tagged(['billing'], 'billing_identification', 0x00, 0x01),
];

/** Of several kinds at once: the permission of one of them is not enough. */
export const mixedExamples: readonly KindExample[] = [
  headed(['ports', 'push'], 'a WAP push', 0x05, 0x04, 0x0b, 0x84, 0x23, 0xf0),
  headed(
    ['ports', 'push'],
    'a port that is named before another',
    0x05,
    0x04,
    0x0b,
    0x84,
    0x23,
    0xf0,
    0x05,
    0x04,
    1,
    1,
    1,
    1,
  ),
  headed(['ports', 'push'], 'a logo', 0x05, 0x04, 0x15, 0x82, 0x00, 0x00),
  tagged(['ports', 'push'], 'destination_port', 0x0b, 0x84),
  ...coded(['flash', 'binary'], 0x14, 0xf4),
  ...coded(['sim', 'binary'], 0x16, 0xf6),
  example('SIM data download', ['sim', 'binary'], { dataCoding: 0xf6, protocolId: 0x7f }),
  example('a silent message of class 0', ['flash', 'silent'], { dataCoding: 0xf0, protocolId: 0x40 }),
  example('a display_time that stands twice', ['flash'], {
    tlvs: [0, 1].map((value) => ({ tag: tlvTable.display_time.tag, value: Buffer.of(value) })),
  }),
];

/** Words that a person reads: of no kind. */
export const plainExamples: readonly KindExample[] = [
  ...coded([], 0x00, 0x01, 0x03, 0x06, 0x07, 0x08, 0x11, 0x19, 0xf1),
  headed([], 'a part', ...CONCATENATION),
  headed([], 'a part with a wide reference', ...WIDE_CONCATENATION),
  headed([], 'a national language', 0x24, 0x01, 0x01),
  headed([], 'a part in a national language', ...CONCATENATION, 0x24, 0x01, 0x01, 0x25, 0x01, 0x01),
  tagged([], 'privacy_indicator', 1),
  tagged([], 'display_time', 1),
  tagged([], 'dest_addr_subunit', 0),
  example('a TLV of a vendor', [], { tlvs: [{ tag: 0x1400, value: Buffer.from('1234567890') }] }),
];
