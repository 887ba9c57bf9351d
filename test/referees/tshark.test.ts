import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isResponse } from '../../src/wire/smpp/commands.ts';
import type { BodyField, CountedList, TlvField } from '../../src/wire/smpp/fields.ts';
import { commandId } from '../../src/wire/smpp/header.ts';
import { pdus } from '../../src/wire/smpp/pdus.ts';
import { type TlvName, tlvs as tlvTable } from '../../src/wire/smpp/tlvs.ts';
import { type ExamplePdu, examplePdus } from '../support/examples.ts';
import { pcapOf } from '../support/pcap.ts';
import { readWithTshark, type SeenPdu, type SeenTlv, seenTlvs } from '../support/pdml.ts';
import { bytesOf } from '../support/pdu-bytes.ts';

/** Wireshark's decoder reads every example PDU: without complaint, and with the values that were written. */
const SMPP_PORT = 2775;
const ESME_PORT = 40_000;

/** Values that Wireshark 4.0 misreads: of these TLVs those of so many octets. The PDUs are shown to it without them. */
const misread: Partial<Record<TlvName, { readonly bytes: number; readonly because: string }>> = {
  broadcast_rep_num: { bytes: 2, because: 'it takes one octet, SMPP 5.0 §4.8.4.13 has two' },
  ms_validity: { bytes: 4, because: 'it takes one octet, as in SMPP 3.4 §5.3.2.27; SMPP 5.0 §4.8.4.41 has four too' },
};

/** What Wireshark calls a parameter, where it is not the name in SMPP 3.4. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  esm_class: ['esm.submit.msg_mode'],
  registered_delivery: ['regdel.receipt'],
  schedule_delivery_time: ['schedule_delivery_time', 'schedule_delivery_time_r'],
  validity_period: ['validity_period', 'validity_period_r'],
  final_date: ['final_date', 'final_date_r'],
  short_message: ['message'],
};
const otherTlvNames: Partial<Record<TlvName, string>> = { destination_port: 'dest_port' };

/** Parameters that Wireshark 4.0 shows under another's name: both times of a submit_multi as the scheduled one. */
const misnamed = new Set(['submit_multi schedule_delivery_time', 'submit_multi validity_period']);

type Values = Readonly<Record<string, unknown>>;

function hexOf(field: Exclude<BodyField, CountedList> | TlvField, value: unknown): string {
  if ('bytes' in field) return (value as number).toString(16).padStart(2 * field.bytes, '0');
  if (field.kind === 'cString') return `${Buffer.from(value as string, 'latin1').toString('hex')}00`;
  return (value as Buffer).toString('hex');
}

/** The instances of a TLV in an example. */
function instancesOf(example: ExamplePdu, name: TlvName): string[] {
  const { repeats, value: field } = tlvTable[name];
  const value: unknown = example.tlvs[name];
  return (repeats ? (value as unknown[]) : [value]).map((one) => hexOf(field, one));
}

const tlvNames = (example: ExamplePdu): TlvName[] =>
  Object.keys(example.tlvs).filter((name): name is TlvName => name !== 'unknown');

function withoutMisread(example: ExamplePdu): ExamplePdu {
  const names = tlvNames(example).filter((name) => {
    const bytes = misread[name]?.bytes;
    return bytes !== undefined && instancesOf(example, name).some((hex) => hex.length === 2 * bytes);
  });
  const kept = Object.entries(example.tlvs).filter(([name]) => !names.includes(name as TlvName));
  return { ...example, tlvs: Object.fromEntries(kept) };
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-tshark-'));
after(() => rmSync(folder, { recursive: true }));
const shown = examplePdus.map(withoutMisread);
const file = join(folder, 'examples.pcap');
const segments = shown.map((example) => {
  const bytes = bytesOf(example);
  const [fromPort, toPort] = isResponse(commandId(bytes, 0)) ? [SMPP_PORT, ESME_PORT] : [ESME_PORT, SMPP_PORT];
  return { fromPort, toPort, bytes };
});
writeFileSync(file, pcapOf(segments));
const seen = readWithTshark(file, SMPP_PORT);

function seenHex({ fields }: SeenPdu, name: string): string {
  const names = otherNames[name] ?? [name];
  return fields
    .filter((field) => names.includes(field.name))
    .map(({ hex }) => hex)
    .join('');
}

/** tshark shows nothing for most empty strings. */
function assertSameField(pdu: SeenPdu, name: string, field: BodyField, value: unknown): void {
  if (field.kind === 'list') return assertSameItems(pdu, field, value as readonly Values[]);
  const hex = seenHex(pdu, name);
  assert.equal(value === '' && hex === '' ? '00' : hex, hexOf(field, value), name);
}

/** The items of a list, parameter by parameter, each in the order of the items. */
function assertSameItems(pdu: SeenPdu, { items }: CountedList, values: readonly Values[]): void {
  const forms = 'fields' in items ? [items.fields] : Object.values(items.forms);
  for (const [name, field] of forms.flatMap((form) => Object.entries(form))) {
    const written = values.filter((value) => name in value).map((value) => hexOf(field, value[name]));
    assert.equal(seenHex(pdu, name), written.join(''), name);
  }
}

const writtenTlv = (label: string, tag: number, hex: string): SeenTlv => ({
  label,
  tag,
  hex: `${(hex.length / 2).toString(16).padStart(4, '0')} ${hex}`,
});

function writtenTlvs(example: ExamplePdu): SeenTlv[] {
  const known = tlvNames(example).flatMap((name) =>
    instancesOf(example, name).map((hex) => writtenTlv(otherTlvNames[name] ?? name, tlvTable[name].tag, hex)),
  );
  const unknown = example.tlvs.unknown ?? [];
  return [...known, ...unknown.map(({ tag, value }) => writtenTlv('', tag, value.toString('hex')))];
}

const nameInLabel = ({ label, ...rest }: SeenTlv): SeenTlv => ({
  label: /^Optional parameter: ([a-z_]+) \(/.exec(label)?.[1] ?? '',
  ...rest,
});

test('tshark finds one PDU in each packet', () => {
  assert.equal(seen.length, shown.length);
});

for (const [index, example] of shown.entries()) {
  test(`tshark reads: ${example.title}`, () => {
    const pdu = seen[index]!;
    const bytes = bytesOf(example);
    assert.deepEqual(pdu.complaints, []);
    assert.equal(seenHex(pdu, 'command_length'), bytes.subarray(0, 4).toString('hex'));
    assert.equal(seenHex(pdu, 'command_id'), bytes.subarray(4, 8).toString('hex'));
    assert.equal(seenHex(pdu, 'sequence_number'), bytes.subarray(12, 16).toString('hex'));
    // It reads no body of a response with an error: SMPP 3.4 has none there.
    if (example.status !== 0 && isResponse(commandId(bytes, 0))) return;
    for (const [name, field] of Object.entries<BodyField>(pdus[example.command])) {
      if (misnamed.has(`${example.command} ${name}`)) continue;
      assertSameField(pdu, name, field, (example.fields as Values)[name]);
    }
    assert.deepEqual(seenTlvs(pdu, bytes).map(nameInLabel), writtenTlvs(example));
  });
}
