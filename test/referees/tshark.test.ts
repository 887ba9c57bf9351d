import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isResponse } from '../../src/wire/smpp/commands.ts';
import type { BodyField, TlvField } from '../../src/wire/smpp/fields.ts';
import { commandId } from '../../src/wire/smpp/header.ts';
import { pdus } from '../../src/wire/smpp/pdus.ts';
import { tlvs as tlvTable } from '../../src/wire/smpp/tlvs.ts';
import { type ExamplePdu, examplePdus } from '../support/examples.ts';
import { pcapOf } from '../support/pcap.ts';
import { bytesOf } from '../support/pdu-bytes.ts';

/** Wireshark's decoder reads every example PDU: without complaint, and with the values that were written. */
const SMPP_PORT = 2775;
const ESME_PORT = 40_000;

interface SeenField {
  readonly name: string;
  readonly hex: string;
}

interface SeenPdu {
  readonly fields: readonly SeenField[];
  readonly complaints: readonly string[];
}

const attribute = (element: string, name: string): string | undefined =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1];

/** A flag within an octet is shown masked; the octet itself is its `unmaskedvalue`. */
function seenField(element: string): SeenField {
  return {
    name: attribute(element, 'name') ?? '',
    hex: attribute(element, 'unmaskedvalue') ?? attribute(element, 'value') ?? '',
  };
}

function seenPdu(packet: string): SeenPdu {
  const fields = [...packet.matchAll(/<field [^>]*>/g)].map(([element]) => seenField(element));
  const complaints = fields.filter(({ name }) => name.startsWith('_ws.expert')).map(({ name }) => name);
  const malformed = packet.includes('name="_ws.malformed"') ? ['malformed'] : [];
  return { fields: fields.filter(({ name }) => name.startsWith('smpp.')), complaints: [...complaints, ...malformed] };
}

function decodeWithTshark(folder: string): SeenPdu[] {
  const file = join(folder, 'examples.pcap');
  const segments = examplePdus.map((example) => {
    const bytes = bytesOf(example);
    const [fromPort, toPort] = isResponse(commandId(bytes, 0)) ? [SMPP_PORT, ESME_PORT] : [ESME_PORT, SMPP_PORT];
    return { fromPort, toPort, bytes };
  });
  writeFileSync(file, pcapOf(segments));
  const flags = ['-r', file, '-d', `tcp.port==${SMPP_PORT},smpp`, '-T', 'pdml'];
  const pdml = execFileSync('tshark', flags, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return pdml.split('<packet>').slice(1).map(seenPdu);
}

/** What Wireshark calls a field, where it is not the name in the specification. */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  esm_class: ['esm.submit.msg_mode'],
  registered_delivery: ['regdel.receipt'],
  schedule_delivery_time: ['schedule_delivery_time', 'schedule_delivery_time_r'],
  validity_period: ['validity_period', 'validity_period_r'],
  network_error_code: ['network_error.type', 'network_error.code'],
  short_message: ['message'],
  sc_interface_version: ['sc_interface_version', 'SC_interface_version'],
};

function hexOf(field: BodyField | TlvField, value: unknown): string {
  if ('bytes' in field) return (value as number).toString(16).padStart(2 * field.bytes, '0');
  if (field.kind === 'cString') return `${Buffer.from(value as string, 'latin1').toString('hex')}00`;
  return (value as Buffer).toString('hex');
}

function seenHex({ fields }: SeenPdu, name: string): string {
  const names = (OTHER_NAMES[name] ?? [name]).map((other) => `smpp.${other}`);
  return fields
    .filter((field) => names.includes(field.name))
    .map(({ hex }) => hex)
    .join('');
}

/** tshark shows nothing for most empty strings. */
function assertSame(seen: SeenPdu, name: string, field: BodyField | TlvField, value: unknown): void {
  const hex = seenHex(seen, name);
  assert.equal(value === '' && hex === '' ? '00' : hex, hexOf(field, value), name);
}

function assertSameFields(example: ExamplePdu, seen: SeenPdu): void {
  const hasBody = example.status === 0 || !isResponse(commandId(bytesOf(example), 0));
  const table: Readonly<Record<string, BodyField>> = hasBody ? pdus[example.command] : {};
  for (const [name, field] of Object.entries(table)) {
    assertSame(seen, name, field, (example.fields as Record<string, unknown>)[name]);
  }
  for (const [name, value] of Object.entries(example.tlvs)) {
    if (name === 'unknown') continue;
    assertSame(seen, name, tlvTable[name as keyof typeof tlvTable].value, value);
  }
  const unknown = Buffer.concat((example.tlvs.unknown ?? []).map(({ value }) => value));
  assert.equal(seenHex(seen, 'vendor_op'), unknown.toString('hex'));
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-tshark-'));
after(() => rmSync(folder, { recursive: true }));
const seen = decodeWithTshark(folder);

test('tshark finds one PDU in each packet', () => {
  assert.equal(seen.length, examplePdus.length);
});

for (const [index, example] of examplePdus.entries()) {
  test(`tshark reads: ${example.title}`, () => {
    const pdu = seen[index]!;
    const bytes = bytesOf(example);
    assert.deepEqual(pdu.complaints, []);
    assert.equal(seenHex(pdu, 'command_length'), bytes.subarray(0, 4).toString('hex'));
    assert.equal(seenHex(pdu, 'command_id'), bytes.subarray(4, 8).toString('hex'));
    assert.equal(seenHex(pdu, 'sequence_number'), bytes.subarray(12, 16).toString('hex'));
    assertSameFields(example, pdu);
  });
}
