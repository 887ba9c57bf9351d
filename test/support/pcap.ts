/** Writes packets as a pcap file: what an outside decoder reads. */
const RAW_IPV4 = 228; // LINKTYPE_IPV4
const USER_0 = 147; // LINKTYPE_USER0
const IP_HEADER_BYTES = 20;
const TCP_HEADER_BYTES = 20;
const SNAP_BYTES = 262_144;
const TCP = 6;
const PSH_ACK = 0x18;

export interface Segment {
  readonly fromPort: number;
  readonly toPort: number;
  readonly bytes: Buffer;
}

/** The packets of one TCP connection. */
export function pcapOf(segments: readonly Segment[]): Buffer {
  const nextSequence = new Map<number, number>();
  const packets = segments.map((segment, index) => {
    const sequence = nextSequence.get(segment.fromPort) ?? 1;
    const acknowledged = nextSequence.get(segment.toPort) ?? 1;
    nextSequence.set(segment.fromPort, sequence + segment.bytes.length);
    return record(index, packet(segment, sequence, acknowledged));
  });
  return Buffer.concat([fileHeader(RAW_IPV4), ...packets]);
}

/** The first link type that is left to users (LINKTYPE_USER0): whoever reads the file says what it holds. */
export const pcapOfPayloads = (payloads: readonly Buffer[]): Buffer =>
  Buffer.concat([fileHeader(USER_0), ...payloads.map((bytes, index) => record(index, bytes))]);

function fileHeader(linkType: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_BYTES, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

function record(second: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(second, 0);
  header.writeUInt32LE(bytes.length, 8);
  header.writeUInt32LE(bytes.length, 12);
  return Buffer.concat([header, bytes]);
}

function packet({ fromPort, toPort, bytes }: Segment, sequence: number, acknowledged: number): Buffer {
  const headers = Buffer.alloc(IP_HEADER_BYTES + TCP_HEADER_BYTES);
  headers[0] = 0x45;
  headers.writeUInt16BE(headers.length + bytes.length, 2);
  headers[8] = 64;
  headers[9] = TCP;
  headers.writeUInt32BE(0x7f000001, 12);
  headers.writeUInt32BE(0x7f000001, 16);
  headers.writeUInt16BE(fromPort, 20);
  headers.writeUInt16BE(toPort, 22);
  headers.writeUInt32BE(sequence, 24);
  headers.writeUInt32BE(acknowledged, 28);
  headers[32] = (TCP_HEADER_BYTES / 4) << 4;
  headers[33] = PSH_ACK;
  headers.writeUInt16BE(0xffff, 34);
  return Buffer.concat([headers, bytes]);
}
