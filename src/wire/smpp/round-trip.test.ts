import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examplePdus } from '../../../test/support/examples.ts';
import { bytesOf, written } from '../../../test/support/pdu-bytes.ts';
import { commands } from './commands.ts';
import { decode } from './decode.ts';
import { commandLength, responseMessageId } from './header.ts';
import { MessageView } from './message-view.ts';
import { outgoingMessage } from './pdu-writer.ts';
import { tlvs as tlvTable } from './tlvs.ts';

for (const example of examplePdus) {
  test(`${example.title}: what is written is read`, () => {
    const bytes = bytesOf(example);
    const { title: _, ...pdu } = example;
    assert.equal(commandLength(bytes, 0), bytes.length);
    assert.deepEqual(decode(bytes, 0, bytes.length), pdu);
  });
}

test('every command of the table has an example', () => {
  const shown = new Set<string>(examplePdus.map(({ command }) => command));
  assert.deepEqual(
    Object.keys(commands).filter((name) => !shown.has(name)),
    [],
  );
});

test('every TLV of the table is in an example', () => {
  const shown = new Set(examplePdus.flatMap(({ tlvs }) => Object.keys(tlvs)));
  assert.deepEqual(
    Object.keys(tlvTable).filter((name) => !shown.has(name)),
    [],
  );
});

for (const example of examplePdus) {
  if (example.command !== 'submit_sm' && example.command !== 'deliver_sm') continue;
  const { fields, tlvs } = example;

  test(`${example.title}: the view in place sees what the table sees`, () => {
    const bytes = Buffer.concat([Buffer.from('before'), bytesOf(example), Buffer.from('after')]);
    const view = new MessageView();
    assert.equal(view.read(bytes, 6, bytes.length - 11), null);
    const text = tlvs.message_payload ?? fields.short_message;
    assert.deepEqual(
      {
        service_type: fields.service_type, // the view has no reader for it
        source_addr_ton: view.sourceTon,
        source_addr_npi: view.sourceNpi,
        source_addr: view.source,
        dest_addr_ton: view.destinationTon,
        dest_addr_npi: view.destinationNpi,
        destination_addr: view.destination,
        esm_class: view.esmClass,
        protocol_id: view.protocolId,
        priority_flag: view.priorityFlag,
        schedule_delivery_time: view.scheduleDeliveryTime,
        validity_period: view.validityPeriod,
        registered_delivery: view.registeredDelivery,
        replace_if_present_flag: view.replaceIfPresent,
        data_coding: view.dataCoding,
        sm_default_msg_id: view.defaultMessageId,
        short_message: view.copyText(),
      },
      { ...fields, short_message: text },
    );
    assert.deepEqual(Buffer.from(view.text()), text);
    assert.equal(view.latin1Text(), text.toString('latin1'));
    assert.equal(view.textBytes, text.length);
    assert.equal(view.hasTlvs, Object.keys(tlvs).length > 0);
  });
}

test('the view finds a TLV by its tag', () => {
  const receipt = examplePdus.find(({ title }) => title === 'a delivery receipt')!;
  const view = new MessageView();
  const bytes = bytesOf(receipt);
  view.read(bytes, 0, bytes.length);
  assert.deepEqual(view.tlv(tlvTable.message_state.tag), Buffer.from([2]));
  assert.deepEqual(view.tlv(tlvTable.network_error_code.tag), Buffer.from([3, 0, 0]));
  assert.equal(view.tlv(tlvTable.sar_msg_ref_num.tag), null);
});

test('the short ways to write say the same as the table', () => {
  const message = { ...outgoingMessage(), source: '72345', destination: '12025550143', text: 'hello', esmClass: 4 };
  const fields = {
    source_addr: '72345',
    destination_addr: '12025550143',
    short_message: Buffer.from('hello'),
    esm_class: 4,
  };
  const tlvs = { message_state: 2 };
  const pairs = [
    [written((out) => out.submitSm(7, message)), written((out) => out.write('submit_sm', 0, 7, fields))],
    [written((out) => out.deliverSm(7, message, tlvs)), written((out) => out.write('deliver_sm', 0, 7, fields, tlvs))],
    [
      written((out) => out.submitSmResp(0, 8, 'id')),
      written((out) => out.write('submit_sm_resp', 0, 8, { message_id: 'id' })),
    ],
    [written((out) => out.submitSmResp(88, 8, 'id')), written((out) => out.write('submit_sm_resp', 88, 8))],
    [written((out) => out.deliverSmResp(0, 8)), written((out) => out.write('deliver_sm_resp', 0, 8))],
    [written((out) => out.genericNack(3, 9)), written((out) => out.write('generic_nack', 3, 9))],
  ] as const;
  for (const [short, long] of pairs) assert.deepEqual(short, long);
});

test('a message_id is read in place, and may be left out', () => {
  const full = written((out) => out.submitSmResp(0, 1, 'S0001'));
  const bare = written((out) => out.submitSmResp(8, 1, ''));
  const endless = full.subarray(0, full.length - 1);
  assert.equal(responseMessageId(full, 0, full.length), 'S0001');
  assert.equal(responseMessageId(bare, 0, bare.length), '');
  assert.equal(responseMessageId(endless, 0, endless.length), null);
});

test('what would break the frame of a PDU is not written', () => {
  const message = outgoingMessage();
  for (const wrong of [
    { source: 'a\0b' },
    { destination: '€' },
    { source: 'x'.repeat(21) },
    { text: 'x'.repeat(255) },
  ]) {
    assert.throws(() => written((out) => out.submitSm(1, { ...message, ...wrong })), { name: 'BrokenInvariant' });
  }
});

test('slabs change without a PDU being torn or lost', () => {
  const message = { ...outgoingMessage(), text: Buffer.alloc(200, 'y') };
  const bytes = written((out) => {
    for (let sequence = 1; sequence <= 2000; sequence++) out.submitSm(sequence, message);
  });
  const sequences = [];
  for (let at = 0; at < bytes.length; at += commandLength(bytes, at)) sequences.push(bytes.readUInt32BE(at + 12));
  assert.deepEqual(
    sequences,
    Array.from({ length: 2000 }, (_, i) => i + 1),
  );
});
