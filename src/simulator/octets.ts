import { type CommandName, commands } from '../wire/smpp/commands.ts';
import { HEADER_BYTES } from '../wire/smpp/header.ts';
import { PduWriter } from '../wire/smpp/pdu-writer.ts';
import type { PduFields } from '../wire/smpp/pdus.ts';
import type { Tlvs } from '../wire/smpp/tlvs.ts';

export interface Header {
  readonly sequence?: number;
  readonly status?: number;
}

/** The octets of a sound PDU. */
export function pdu<Name extends CommandName>(
  name: Name,
  fields: Partial<PduFields<Name>> = {},
  { sequence = 1, status = 0, tlvs }: Header & { readonly tlvs?: Tlvs } = {},
): Buffer {
  const writer = new PduWriter(() => {});
  writer.write(name, status, sequence, fields, tlvs);
  return Buffer.concat(writer.take());
}

/** A header with whatever body and command_length: what no codec would write. */
export function frame(
  command: CommandName | number,
  body: Buffer | string = '',
  { sequence = 1, status = 0, length }: Header & { readonly length?: number } = {},
): Buffer {
  const octets = Buffer.from(body);
  const bytes = Buffer.alloc(HEADER_BYTES + octets.length);
  bytes.writeUInt32BE(length ?? bytes.length, 0);
  bytes.writeUInt32BE(typeof command === 'number' ? command : commands[command], 4);
  bytes.writeUInt32BE(status, 8);
  bytes.writeUInt32BE(sequence, 12);
  bytes.set(octets, HEADER_BYTES);
  return bytes;
}

/** A PDU that says it has another length than it has. */
export function withLength(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32BE(length, 0);
  return copy;
}

/** A PDU with octets behind it that its command_length counts: TLVs, sound or not. */
export function withTail(bytes: Buffer, tail: Buffer): Buffer {
  return withLength(Buffer.concat([bytes, tail]), bytes.length + tail.length);
}

/** One TLV, whatever its length field claims. */
export function tlv(tag: number, value: Buffer, length = value.length): Buffer {
  const bytes = Buffer.alloc(4 + value.length);
  bytes.writeUInt16BE(tag, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.set(value, 4);
  return bytes;
}

/** What other protocols say first. */
export const greetings = {
  http: Buffer.from('GET / HTTP/1.1\r\nHost: gateway.example\r\nUser-Agent: simulator\r\n\r\n'),
  /** A TLS record that carries the beginning of a ClientHello (RFC 8446 §5.1). */
  tls: Buffer.from(`1603010200010001fc0303${'5a'.repeat(32)}20${'a5'.repeat(32)}0002130101000000`, 'hex'),
  /** The protocol header of AMQP 0-9-1. */
  amqp: Buffer.from('AMQP\x00\x00\x09\x01', 'latin1'),
  ssh: Buffer.from('SSH-2.0-OpenSSH_9.9\r\n'),
} as const;
