import { execFileSync } from 'node:child_process';

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
/** Where a PDU that fills its packet begins: behind the headers that pcap.ts writes. */
const PDU_AT = 40;

/** One field of a packet as Wireshark shows it. */
export interface SeenField {
  /** Its name in display filters, without 'smpp.'. */
  readonly name: string;
  readonly label: string;
  readonly hex: string;
  /** Where it lies in the PDU, octets. */
  readonly at: number;
  readonly bytes: number;
}

export interface SeenPdu {
  readonly fields: readonly SeenField[];
  readonly complaints: readonly string[];
}

const attribute = (element: string, name: string): string =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1] ?? '';

/** A flag within an octet is shown masked; the octet itself is its `unmaskedvalue`. */
const seenField = (element: string): SeenField => ({
  name: attribute(element, 'name').replace(/^smpp\./, ''),
  label: attribute(element, 'showname'),
  hex: attribute(element, 'unmaskedvalue') || attribute(element, 'value'),
  at: Number(attribute(element, 'pos')) - PDU_AT,
  bytes: Number(attribute(element, 'size')),
});

function seenPdu(packet: string): SeenPdu {
  const elements = [...packet.matchAll(/<field [^>]*>/g)].map(([element]) => element);
  const complaints = elements.filter((element) => element.includes('name="_ws.expert.message"'));
  const malformed = packet.includes('name="_ws.malformed"') ? ['malformed'] : [];
  return {
    fields: elements.filter((element) => element.includes('name="smpp.')).map(seenField),
    complaints: [...complaints.map((element) => attribute(element, 'showname')), ...malformed],
  };
}

/** Has tshark read a capture of SMPP on this port: one PDU in each packet. */
export function readWithTshark(file: string, smppPort: number): SeenPdu[] {
  const flags = ['-r', file, '-d', `tcp.port==${smppPort},smpp`, '-T', 'pdml'];
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
  const pdml = execFileSync('tshark', flags, { encoding: 'utf8', stdio, maxBuffer: OUTPUT_BYTES_MAX });
  return pdml.split('<packet>').slice(1).map(seenPdu);
}

/** What Wireshark took for one TLV. */
export interface SeenTlv {
  readonly label: string;
  readonly tag: number;
  readonly hex: string;
}

/** The TLVs it found, each with the octets that its reading of the value covers. */
export function seenTlvs({ fields }: SeenPdu, pdu: Buffer): SeenTlv[] {
  const starts = fields.flatMap(({ name }, index) => (name === 'opt_param' ? [index] : []));
  return starts.map((start, index) => seenTlv(fields.slice(start, starts[index + 1]), pdu));
}

function seenTlv([parameter, tag, length, ...parts]: readonly SeenField[], pdu: Buffer): SeenTlv {
  const octets = new Set(parts.flatMap(({ at, bytes }) => Array.from({ length: bytes }, (_, index) => at + index)));
  const read = Buffer.from([...octets].map((at) => pdu[at]!));
  return {
    label: parameter!.label,
    tag: Number.parseInt(tag!.hex, 16),
    hex: `${length!.hex} ${read.toString('hex')}`,
  };
}
