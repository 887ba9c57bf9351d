import { tlvs as tlvTable, type UnknownTlv } from '../smpp/tlvs.ts';
import { type DataCoding, readDataCoding } from './data-coding.ts';
import { type ElementKind, elementIds, headerKinds, readHeader } from './user-data-header.ts';

/** What of a message decides whether it is more than words for a person to read. */
export interface Carried {
  readonly dataCoding: number;
  /** TP-PID, TS 23.040 §9.2.3.9. */
  readonly protocolId: number;
  /** The user data; it begins with a header where `hasHeader` says so. */
  readonly octets: Uint8Array;
  readonly hasHeader: boolean;
}

/** The same, taken apart once for all rows. */
interface Taken {
  readonly coding: DataCoding;
  readonly protocolId: number;
  readonly elements: ReadonlySet<ElementKind>;
  readonly tlvs: readonly UnknownTlv[];
  /** The ports it is addressed to or from, by its header and by its TLVs: all that are named, whichever a handset heeds. */
  readonly ports: readonly number[];
}

interface KindRow {
  /** What it does to the person who gets it, for an operator who is to allow it. */
  readonly why: string;
  readonly is: (taken: Taken) => boolean;
}

const { dest_addr_subunit, display_time, source_port, destination_port, payload_type } = tlvTable;
const { ms_msg_wait_facilities, number_of_messages, callback_num, callback_num_atag } = tlvTable;
const { callback_num_pres_ind, ussd_service_op, its_reply_type, its_session_info, billing_identification } = tlvTable;

type Tlv = { readonly tag: number };

const wholeNumber = (octets: Uint8Array): number => octets.reduce((number, octet) => number * 0x100 + octet, 0);

/** The values of a TLV as numbers: of several that are equal, peers heed now the first and now the last. */
const numbersIn = ({ tlvs }: Pick<Taken, 'tlvs'>, row: Tlv): number[] =>
  tlvs.filter(({ tag }) => tag === row.tag).map(({ value }) => wholeNumber(value));

const hasAny = ({ tlvs }: Taken, ...rows: readonly Tlv[]): boolean =>
  tlvs.some(({ tag }) => rows.some((row) => row.tag === tag));

// TS 23.040 §9.2.3.9
const SILENT = 0x40;
const REPLACE_FIRST = 0x41;
const REPLACE_LAST = 0x47;
const RETURN_CALL = 0x5f;
const DOWNLOAD_FIRST = 0x7c;
const DOWNLOAD_LAST = 0x7f;
// SMPP 3.4 §5.3.2.1: where in the handset it goes
const DISPLAY = 0x01;
const EQUIPMENT = 0x02;
/** SMPP 3.4 §5.3.2.26. */
const TEMPORARY = 0x00;
/** SMPP 3.4 §5.3.2.10. */
const CONTROL_PROTOCOL = 0x01;

/**
 * Ports behind which handsets act on what comes: WAP (WAP-259-WDP appendix B: push 2948, 2949, its browsing and directory
 * services 9200 to 9207), Nokia Smart Messaging (tones 5505, logos 5506, 5507, pictures 5514), and over-the-air settings
 * (SyncML 49996, browser settings 49999). An 8-bit port (§9.2.3.24.3) has none of them.
 */
const actedOn: readonly (readonly [first: number, last: number])[] = [
  [2805, 2805],
  [2923, 2923],
  [2948, 2949],
  [5503, 5514],
  [9200, 9207],
  [49_996, 49_999],
];

const isActedOn = (port: number): boolean => actedOn.some(([first, last]) => first <= port && port <= last);

const isReplacement = (pid: number): boolean => pid >= REPLACE_FIRST && pid <= REPLACE_LAST;
const isDownload = (pid: number): boolean => pid >= DOWNLOAD_FIRST && pid <= DOWNLOAD_LAST;
const hasRow = (pid: number): boolean =>
  pid === 0 || pid === SILENT || isReplacement(pid) || pid === RETURN_CALL || isDownload(pid);

const oddElements: readonly ElementKind[] = ['carrier control', 'source', 'formatting', 'mail', 'private', 'reserved'];

/**
 * The kinds of messages that do more than show words, how each is told, and what it does. A credential sends none of them
 * unless it names the kind. One message may be of several kinds.
 */
export const kindTable = {
  /** Class 0 and automatic deletion: TS 23.038 §4. display_time: SMPP 3.4 §5.3.2.26. */
  flash: {
    why: 'Shown at once over whatever is on the screen, and not kept: nobody can show afterwards what it said.',
    is: (taken) =>
      taken.coding.messageClass === 0 ||
      taken.coding.isDeletedWhenRead ||
      numbersIn(taken, dest_addr_subunit).includes(DISPLAY) ||
      numbersIn(taken, display_time).includes(TEMPORARY),
  },
  /** Short message type 0: TS 23.040 §9.2.3.9. */
  silent: {
    why: 'Answered by the handset and never shown: it tells whether a person’s telephone is on, and helps to locate it.',
    is: ({ protocolId }) => protocolId === SILENT,
  },
  /** TS 23.040 §9.2.3.9. */
  replace: {
    why: 'Overwrites a message that the handset has already.',
    is: ({ protocolId }) => isReplacement(protocolId),
  },
  /** TS 23.040 §9.2.3.24.3 and §9.2.3.24.4; SMPP 3.4 §5.3.2.20 and 21. */
  ports: {
    why: 'For a program in the handset, not for the person.',
    is: (taken) => taken.elements.has('ports') || hasAny(taken, source_port, destination_port),
  },
  /** WAP-259-WDP; wireless control messages: TS 23.040 §9.2.3.24.5, SMPP 3.4 §5.3.2.10. */
  push: {
    why: 'Opens pages, loads files or changes the settings of the handset.',
    is: (taken) =>
      taken.ports.some(isActedOn) ||
      taken.elements.has('wireless control') ||
      numbersIn(taken, payload_type).includes(CONTROL_PROTOCOL),
  },
  /** Class 2 and 3: TS 23.038 §4. Data download: TS 23.040 §9.2.3.9. Toolkit security headers: TS 23.048. */
  sim: {
    why: 'For the SIM, the equipment or what is attached to it: it may change what they do without a word on the screen.',
    is: (taken) =>
      (taken.coding.messageClass ?? 0) >= 2 ||
      isDownload(taken.protocolId) ||
      taken.elements.has('sim') ||
      numbersIn(taken, dest_addr_subunit).some((unit) => unit >= EQUIPMENT),
  },
  /** TS 23.038 §4; TS 23.040 §9.2.3.24.2; SMPP 3.4 §5.3.2.13 and 39. */
  waiting: {
    why: 'Lights or clears the sign of a mailbox, or asks to call back.',
    is: (taken) =>
      taken.coding.waiting !== null ||
      taken.protocolId === RETURN_CALL ||
      taken.elements.has('waiting indication') ||
      hasAny(taken, ms_msg_wait_facilities, number_of_messages),
  },
  /** 8-bit data and character sets that are not read here: SMPP 3.4 §5.2.19, TS 23.038 §4. */
  binary: {
    why: 'Octets that this gateway cannot read, and so cannot screen.',
    is: ({ coding }) => coding.alphabet === 'octets' || coding.alphabet === 'other',
  },
  /** Telematic interworking and what is left of TP-PID: TS 23.040 §9.2.3.9. */
  protocol: {
    why: 'Turned into a fax, a voice call or mail on its way, or treated in a way of the carrier’s own.',
    is: ({ protocolId }) => !hasRow(protocolId),
  },
  /** TS 23.040 §9.2.3.24: enhanced messages, reply addresses, elements of networks, and those nobody has defined. */
  elements: {
    why: 'Pictures, tones, links, another address to answer to, or what only some handsets understand.',
    is: ({ elements }) => oddElements.some((kind) => elements.has(kind)),
  },
  /** SMPP 3.4 §5.3.2.36 to 38. */
  callback: {
    why: 'Offers a number to call that is none of the credential’s senders.',
    is: (taken) => hasAny(taken, callback_num, callback_num_atag, callback_num_pres_ind),
  },
  /** SMPP 3.4 §5.3.2.42 to 44. */
  session: {
    why: 'Opens a USSD or interactive session on the handset.',
    is: (taken) => hasAny(taken, ussd_service_op, its_reply_type, its_session_info),
  },
  /** SMPP 5.0 §4.8.4.3. */
  billing: {
    why: 'Tells the carrier what to charge, and may charge the person.',
    is: (taken) => hasAny(taken, billing_identification),
  },
} as const satisfies Record<string, KindRow>;

export type MessageKind = keyof typeof kindTable;
export const messageKinds = Object.keys(kindTable) as readonly MessageKind[];

const none: readonly MessageKind[] = [];
const noElements: ReadonlySet<ElementKind> = new Set();

/** Codings that carry words and nothing else: what most messages have, told without taking anything apart. */
const saysNothing: readonly boolean[] = Array.from({ length: 0x100 }, (_, value) => {
  const { alphabet, messageClass, waiting, isDeletedWhenRead } = readDataCoding(value);
  const isText = alphabet !== 'octets' && alphabet !== 'other';
  return isText && (messageClass === null || messageClass === 1) && waiting === null && !isDeletedWhenRead;
});

/**
 * Every kind that a message is of with the optional parameters that go with it, in the order of the table; none for words
 * that a person reads.
 */
export function kindsOf(carried: Carried, tlvs: readonly UnknownTlv[]): readonly MessageKind[] {
  const { dataCoding, protocolId, hasHeader } = carried;
  if (!hasHeader && protocolId === 0 && tlvs.length === 0 && saysNothing[dataCoding] === true) return none;
  const taken = takeApart(carried, tlvs);
  return messageKinds.filter((kind) => kindTable[kind].is(taken));
}

function takeApart({ dataCoding, protocolId, octets, hasHeader }: Carried, tlvs: readonly UnknownTlv[]): Taken {
  const header = hasHeader ? readHeader(octets) : null;
  return {
    coding: readDataCoding(dataCoding),
    protocolId,
    elements: header === null ? noElements : headerKinds(header),
    tlvs,
    ports: [
      ...numbersIn({ tlvs }, source_port),
      ...numbersIn({ tlvs }, destination_port),
      ...(header?.elements ?? []).filter(({ id }) => id === elementIds.ports16).flatMap(({ data }) => halves(data)),
    ],
  };
}

const halves = (data: Uint8Array): number[] => [wholeNumber(data.subarray(0, 2)), wholeNumber(data.subarray(2))];
