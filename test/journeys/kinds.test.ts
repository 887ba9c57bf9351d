import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decode, isDecodeFault } from '../../src/wire/smpp/decode.ts';
import { PduWriter } from '../../src/wire/smpp/pdu-writer.ts';
import type { Tlvs } from '../../src/wire/smpp/tlvs.ts';
import { type MessageKind, messageKinds } from '../../src/wire/text/kinds.ts';
import { Esme, HANDSET, SENDER } from '../support/esme.ts';
import { type KindExample, kindExamples, mixedExamples, plainExamples } from '../support/kind-examples.ts';
import { SmscGateway } from '../support/smsc-gateway.ts';

const REFUSED = 0x45;
const HEADER = 0x40;

let both: SmscGateway;
const sessions = new Map<string, Esme>();
before(async () => {
  both = await SmscGateway.start();
});
after(async () => {
  for (const esme of sessions.values()) esme[Symbol.dispose]();
  await both[Symbol.asyncDispose]();
});

/** A session whose credential may send these kinds and no others. */
async function allowed(kinds: readonly MessageKind[]): Promise<Esme> {
  const known = sessions.get(kinds.join());
  if (known) return known;
  const esme = await Esme.bound(both.gateway, await both.login({ kinds: [...kinds] }));
  sessions.set(kinds.join(), esme);
  return esme;
}

function send(esme: Esme, { dataCoding, protocolId, octets, hasHeader, tlvs }: KindExample): number {
  const fields = { data_coding: dataCoding, protocol_id: protocolId, esm_class: hasHeader ? HEADER : 0 };
  return esme.submits({ ...fields, short_message: Buffer.from(octets) }, { unknown: [...tlvs] });
}

/** The TLVs as their receiver reads them. */
function asRead(unknown: Tlvs['unknown']): Tlvs {
  const writer = new PduWriter(() => {});
  writer.write('submit_sm', 0, 1, {}, { unknown: unknown! });
  const bytes = Buffer.concat(writer.take());
  const pdu = decode(bytes, 0, bytes.length);
  assert.ok(!isDecodeFault(pdu));
  return pdu.tlvs;
}

async function reachesTheCarrier(esme: Esme, example: KindExample): Promise<void> {
  const count = both.smsc.heardOf('submit_sm').length;
  await esme.hears('submit_sm_resp', { status: 0, sequence: send(esme, example) });
  const { fields, tlvs } = await both.submit(count);
  const { data_coding, protocol_id, short_message, esm_class } = fields;
  assert.deepEqual(
    { data_coding, protocol_id, short_message, esm_class, tlvs },
    {
      data_coding: example.dataCoding,
      protocol_id: example.protocolId,
      short_message: Buffer.from(example.octets),
      esm_class: example.hasHeader ? HEADER : 0,
      tlvs: asRead([...example.tlvs]),
    },
  );
}

const without = (kinds: readonly MessageKind[]) => messageKinds.filter((kind) => !kinds.includes(kind));

for (const example of [...kindExamples, ...mixedExamples]) {
  const words = `${example.kinds.join(' and ')}: ${example.name}`;
  test(`refused without permission, and passed on unchanged with it, ${words}`, async () => {
    const nobody = await allowed([]);
    await nobody.hears('submit_sm_resp', { status: REFUSED, sequence: send(nobody, example) });
    for (const kind of example.kinds) {
      const all = await allowed(without([kind]));
      await all.hears('submit_sm_resp', { status: REFUSED, sequence: send(all, example) });
    }
    await reachesTheCarrier(await allowed(example.kinds), example);
  });
}

/** Of these the octets are written anew for the carrier. */
const rewritten = new Set([0x01, 0x03, 0x06, 0x07]);
for (const example of plainExamples.filter(({ dataCoding }) => !rewritten.has(dataCoding))) {
  test(`passed on unchanged without any permission: ${example.name}`, async () => {
    await reachesTheCarrier(await allowed([]), example);
  });
}

test('what was refused is in the log, with its kind and credential and nothing of what it said', async () => {
  const login = await both.login();
  using esme = await Esme.bound(both.gateway, login);
  const text = 'a secret that must not be logged';
  for (let time = 0; time < 3; time++) {
    const sequence = esme.submits({ data_coding: 0x10, short_message: text });
    await esme.hears('submit_sm_resp', { status: REFUSED, sequence });
  }
  const lines = both.gateway.log.filter(({ event, credential }) => event === 'kind_refused' && credential === login.id);
  assert.deepEqual(
    lines.map(({ reason, count }) => ({ reason, count })),
    [{ reason: 'flash', count: 1 }],
    'the first at once, the others later with their count',
  );
  assert.ok(!both.gateway.rawLog.includes(text));
});

/** One of two parts of a text, with more in its header. */
function part(number: number, ...more: readonly number[]): Buffer {
  const elements = [0x00, 0x03, 0x2b, 2, number, ...more];
  return Buffer.from([elements.length, ...elements, 0x41]);
}

test('a part of a long message is looked at by itself: what no other part shows does not pass', async () => {
  const esme = await allowed([]);
  await esme.submitted({ esm_class: HEADER, short_message: part(1) });
  const smuggled = esme.submits({ esm_class: HEADER, short_message: part(2, 0x05, 0x04, 0x0b, 0x84, 0, 0) });
  await esme.hears('submit_sm_resp', { status: REFUSED, sequence: smuggled });
});

/** Other ways to hand a message in: the same is refused there. data_sm has no protocol_id. */
const otherWays = {
  submit_multi(esme: Esme, { dataCoding, protocolId, octets, hasHeader, tlvs }: KindExample): number {
    const address = { dest_flag: 1, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: HANDSET } as const;
    const coded = { data_coding: dataCoding, protocol_id: protocolId, esm_class: hasHeader ? HEADER : 0 };
    const fields = { source_addr: SENDER, dest_address: [address], short_message: Buffer.from(octets), ...coded };
    return esme.sends('submit_multi', fields, { tlvs: { unknown: [...tlvs] } });
  },
  data_sm(esme: Esme, { dataCoding, octets, hasHeader, tlvs }: KindExample): number {
    const coded = { data_coding: dataCoding, esm_class: hasHeader ? HEADER : 0 };
    const fields = { source_addr: SENDER, destination_addr: HANDSET, ...coded };
    return esme.sends('data_sm', fields, { tlvs: { message_payload: Buffer.from(octets), unknown: [...tlvs] } });
  },
};

for (const way of ['submit_multi', 'data_sm'] as const) {
  test(`refused without permission: every kind that comes by ${way}`, async () => {
    const nobody = await allowed([]);
    for (const example of [...kindExamples, ...mixedExamples]) {
      if (way === 'data_sm' && example.protocolId !== 0) continue;
      await nobody.hears(`${way}_resp`, { status: REFUSED, sequence: otherWays[way](nobody, example) });
    }
  });
}

test('an application of SMPP 5.0 is told that it is prohibited', async () => {
  const { systemId, password } = await both.login();
  using esme = await Esme.plain(both.gateway);
  const bind = esme.sends('bind_transceiver', { system_id: systemId, password, interface_version: 0x50 });
  await esme.hears('bind_transceiver_resp', { status: 0, sequence: bind });
  const flash = { data_coding: 0x10, short_message: 'hello' };
  await esme.hears('submit_sm_resp', { status: 0x101, sequence: esme.submits(flash) });
});
