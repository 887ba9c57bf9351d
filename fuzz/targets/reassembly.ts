import assert from 'node:assert/strict';
import type { InboundPart, PlaceInWhole } from '../../src/carriers/index.ts';
import { OPEN_PER_HANDSET } from '../../src/messages/inbound/assembly.ts';
import { headed, inboundPart, placed } from '../../test/support/inbound-pieces.ts';
import { type Target, words } from '../target.ts';
import { HANDSETS, REASSEMBLY_MS, Table } from './parts-table.ts';

const SENDERS = ['10666', '10777'] as const;
const CODINGS = [0, 8, 4, 3] as const;
const DUE_FLAG = 0x80;
const BATCH_FLAG = 0x40;
const AGAIN_FLAG = 0x20;

/** How a part says which it is. */
const ways = ['header of 8 bits', 'header of 16 bits', 'beside the text', 'as the octets say'] as const;

/** Six octets say what comes: flags, the reference, the total, the number, the coding with handset and sender, the octets of text. */
const HEAD_OCTETS = 6;

interface Coming {
  readonly part: InboundPart;
  readonly flags: number;
}

function* comings(input: Buffer): Generator<Coming> {
  for (let at = 0; at + HEAD_OCTETS <= input.length; ) {
    const [flags, reference, total, number, about, length] = input.subarray(at, at + HEAD_OCTETS);
    at += HEAD_OCTETS;
    const text = input.subarray(at, at + length!);
    at += text.length;
    yield { part: partFrom([flags!, reference!, total!, number!, about!], text), flags: flags! };
  }
}

function partFrom([flags, reference, total, number, about]: number[], text: Buffer): InboundPart {
  const fields = {
    dataCoding: CODINGS[about! & 3]!,
    handset: HANDSETS[(about! >> 2) & 1]!,
    to: SENDERS[(about! >> 3) & 1]!,
    protocolId: (about! >> 4) & 1,
    tlvs: (about! >> 5) & 1 ? Buffer.from('1400000141', 'hex') : null,
  };
  const wide = (reference! << 8) | reference!;
  const place: PlaceInWhole = { reference: wide, total: total!, number: number! };
  // What a carrier's link takes for a place can be one.
  const isPlace = number! > 0 && number! <= total!;
  const way = ways[flags! & 3]!;
  switch (way) {
    case 'header of 8 bits':
      return headed(text, [number!, total!, reference!], fields);
    case 'header of 16 bits':
      return headed(text, [number!, total!, wide], { ...fields, isWide: true });
    case 'beside the text':
      return { ...placed('', place, fields), octets: text, place: isPlace ? place : null };
    case 'as the octets say':
      return inboundPart({ ...fields, octets: text, hasHeader: true, place: isPlace ? place : null });
    default:
      return way satisfies never;
  }
}

/** A seed: parts by way, reference, total and number, of which each says where it is. */
const seed = (
  ...parts: readonly (readonly [flags: number, reference: number, total: number, number: number, about?: number])[]
) =>
  Buffer.concat(
    parts.map(([flags, reference, total, number, about = 0]) =>
      Buffer.concat([Buffer.of(flags, reference, total, number, about, 4), Buffer.from(`${number % 10}abc`)]),
    ),
  );

const raw = (octets: Buffer, flags = 3, about = 0): Buffer =>
  Buffer.concat([Buffer.of(flags, 0, 0, 0, about, octets.length), octets]);

const LANGUAGE = [Buffer.from('080003070201240101', 'hex'), Buffer.from('050003070202', 'hex')].map((head) =>
  Buffer.concat([head, Buffer.from('ab')]),
);

/** Parts of long messages from handsets: in any order, twice, contradictory, missing, numbered in ways that cannot be. */
export const reassembly: Target = {
  name: 'reassembly',
  modules: /src\/messages\/inbound\/(?:assembly|keeping|join|numbered|sealed-part|arrival)\.ts$/,
  maxBytes: 600,
  dictionary: words(
    '\x00\x07\x02\x01\x00\x041abc',
    '\x00\x07\x02\x02\x00\x042abc',
    '\x01\x07\x03\x01\x00\x041abc',
    '\x02\x07\x02\x01\x00\x041abc',
    '\x03\x00\x00\x00\x00\x07\x05\x00\x03\x07\x02\x01a',
    '\x24\x01\x01',
    '\x25\x01\x01',
    '\x05\x04\x0b\x84\x23\xf0',
  ),
  seeds: () => [
    ...[0, 1, 2].map((way) => seed([way, 7, 2, 2], [way, 7, 2, 1])),
    seed([AGAIN_FLAG, 7, 3, 1], [BATCH_FLAG, 7, 3, 3], [0, 7, 3, 2], [BATCH_FLAG, 7, 3, 1]),
    seed([0, 7, 2, 1], [0, 7, 3, 2], [1, 7, 2, 2], [DUE_FLAG, 7, 2, 2]),
    seed([0, 7, 2, 1], [0, 7, 2, 1, 16], [0, 7, 2, 2, 1], [0, 7, 2, 3], [2, 7, 0, 0], [0, 7, 0xff, 0xff]),
    seed(...Array.from({ length: OPEN_PER_HANDSET + 2 }, (_, at) => [BATCH_FLAG, at, 2, 1] as const)),
    Buffer.concat([seed([0, 7, 2, 1]), raw(Buffer.from('0500030702016f74686572', 'hex')), seed([0, 7, 2, 2])]),
    Buffer.concat(LANGUAGE.map((octets) => raw(octets))),
    Buffer.concat(['05000307020104', '0500030702021f'].map((hex) => raw(Buffer.from(hex, 'hex'), 3, 1))),
  ],
  async run(input) {
    const table = new Table();
    for (const { part, flags } of comings(input)) {
      table.comes(part);
      if ((flags & AGAIN_FLAG) !== 0) table.comes(part);
      if ((flags & BATCH_FLAG) !== 0) await table.keeps();
      if ((flags & DUE_FLAG) !== 0) table.passes(REASSEMBLY_MS / 2);
    }
    await table.keeps();
    table.passes(2 * REASSEMBLY_MS);
    assert.ok(table.isEmpty, 'nothing is kept longer than it is waited for');
  },
};
