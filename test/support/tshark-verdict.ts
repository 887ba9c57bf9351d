import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pcapOf, type Segment } from './pcap.ts';
import type { RecordedChunk } from './tshark-recorder.ts';

/** In the capture each connection has two ports of its own, so that all of them go in one file. */
const SERVER_PORTS = 20_000;
const CLIENT_PORTS = 40_000;
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

/** What was recorded between a client and its server, by connection. */
export interface Recorded {
  readonly connections: readonly (readonly RecordedChunk[])[];
}

/** What Wireshark makes of one packet. */
interface SeenPacket {
  readonly fromPort: number;
  /** command_id of each PDU that ends in it. */
  readonly commandIds: readonly number[];
  /** The names Wireshark has for them. */
  readonly operations: readonly string[];
  readonly complaints: readonly string[];
}

/**
 * Has Wireshark's decoder read everything that was recorded: it must find every PDU of both sides, each the command that was
 * written, and complain about none. Returns the names of the commands it saw.
 */
export function assertTsharkReads(...recorders: readonly Recorded[]): Set<string> {
  const connections = recorders.flatMap((recorder) => recorder.connections);
  assert.ok(connections.length > 0, 'something was recorded');
  const packets = decode(connections.flatMap(segmentsOf), SERVER_PORTS + connections.length - 1);
  assert.deepEqual([...new Set(packets.flatMap(({ complaints }) => complaints))], []);
  for (const [index, chunks] of connections.entries()) {
    assert.deepEqual(seenFrom(packets, CLIENT_PORTS + index), written(chunks, true), 'what the client wrote');
    assert.deepEqual(seenFrom(packets, SERVER_PORTS + index), written(chunks, false), 'what the server wrote');
  }
  return new Set(packets.flatMap(({ operations }) => operations));
}

function segmentsOf(chunks: readonly RecordedChunk[], index: number): Segment[] {
  const [client, server] = [CLIENT_PORTS + index, SERVER_PORTS + index];
  return chunks.map(({ isFromClient, bytes }) => ({
    fromPort: isFromClient ? client : server,
    toPort: isFromClient ? server : client,
    bytes,
  }));
}

function decode(segments: readonly Segment[], lastPort: number): SeenPacket[] {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-tshark-'));
  const file = join(folder, 'recorded.pcap');
  writeFileSync(file, pcapOf(segments));
  const flags = ['-r', file, '-d', `tcp.port==${SERVER_PORTS}-${lastPort},smpp`, '-T', 'pdml'];
  const pdml = execFileSync('tshark', flags, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  rmSync(folder, { recursive: true });
  return pdml.split('<packet>').slice(1).map(seenPacket);
}

function seenPacket(packet: string): SeenPacket {
  const expert = [...packet.matchAll(/name="_ws\.expert" showname="([^"]*)"/g)].map(([, words]) => words!);
  const malformed = packet.includes('name="_ws.malformed"') ? ['malformed'] : [];
  const commands = [...packet.matchAll(/name="smpp\.command_id" showname="Operation: ([^"(]+) \((0x[0-9a-f]{8})\)"/g)];
  return {
    fromPort: Number(/name="tcp\.srcport"[^>]* show="(\d+)"/.exec(packet)![1]),
    commandIds: commands.map(([, , id]) => Number(id)),
    operations: commands.map(([, operation]) => operation!.toLowerCase().replace(' - ', '_')),
    complaints: [...expert, ...malformed],
  };
}

const seenFrom = (packets: readonly SeenPacket[], port: number): number[] =>
  packets.filter(({ fromPort }) => fromPort === port).flatMap(({ commandIds }) => commandIds);

/** The command_ids of one direction, read off by command_length alone. */
function written(chunks: readonly RecordedChunk[], isFromClient: boolean): number[] {
  const bytes = Buffer.concat(
    chunks.filter((chunk) => chunk.isFromClient === isFromClient).map((chunk) => chunk.bytes),
  );
  const ids: number[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) ids.push(bytes.readUInt32BE(at + 4));
  return ids;
}
