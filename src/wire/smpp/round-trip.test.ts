import assert from 'node:assert/strict';
import { test } from 'node:test';
import { examplePdus } from '../../../test/support/examples.ts';
import { bytesOf, written } from '../../../test/support/pdu-bytes.ts';
import { commands } from './commands.ts';
import { decode, isDecodeFault } from './decode.ts';
import { commandId, commandLength, responseMessageId } from './header.ts';
import { MessageView } from './message-view.ts';
import { outgoingMessage } from './pdu-writer.ts';
import { splitTlvs } from './raw-tlvs.ts';
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

const NOT_IN_DATA = {
  protocol_id: 0,
  priority_flag: 0,
  schedule_delivery_time: '',
  validity_period: '',
  replace_if_present_flag: 0,
  sm_default_msg_id: 0,
  short_message: Buffer.alloc(0),
};

for (const example of examplePdus) {
  if (example.command !== 'submit_sm' && example.command !== 'deliver_sm' && example.command !== 'data_sm') continue;
  const { tlvs, command } = example;
  const fields = { ...NOT_IN_DATA, ...example.fields };

  test(`${example.title}: the view in place sees what the table sees`, () => {
    const bytes = Buffer.concat([Buffer.from('before'), bytesOf(example), Buffer.from('after')]);
    const view = new MessageView();
    const at = [bytes, 6, bytes.length - 11] as const;
    assert.equal(command === 'data_sm' ? view.readData(...at) : view.read(...at), null);
    const text = tlvs.message_payload ?? fields.short_message;
    assert.deepEqual(
      {
        service_type: view.serviceType,
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

  test(`${example.title}: its TLVs can be passed on as they came`, () => {
    const bytes = bytesOf(example);
    const view = new MessageView();
    if (command === 'data_sm') view.readData(bytes, 0, bytes.length);
    else view.read(bytes, 0, bytes.length);
    const again = written((out) => out.deliverSm(1, outgoingMessage(), { unknown: splitTlvs(view.tlvOctets()) }));
    const pdu = decode(again, 0, again.length);
    assert.ok(!isDecodeFault(pdu));
    assert.deepEqual(pdu.tlvs, tlvs);
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

test('one view reads a data_sm after a submit_sm and the other way round', () => {
  const view = new MessageView();
  const message = { ...outgoingMessage(), protocolId: 7, validityPeriod: '000001000000000R', text: 'hello' };
  const submit = written((out) => out.submitSm(1, message));
  const data = written((out) => out.dataSm(1, message));
  for (const [bytes, protocolId, validity] of [
    [submit, 7, message.validityPeriod],
    [data, 0, ''],
    [submit, 7, message.validityPeriod],
  ] as const) {
    assert.equal(bytes === data ? view.readData(data, 0, data.length) : view.read(bytes, 0, bytes.length), null);
    assert.deepEqual([view.protocolId, view.validityPeriod, view.latin1Text()], [protocolId, validity, 'hello']);
  }
});

test('the short ways to write say the same as the table', () => {
  const message = {
    ...outgoingMessage(),
    serviceType: 'WAP',
    source: '72345',
    destination: '12025550143',
    text: 'hello',
    esmClass: 4,
    protocolId: 1,
    priorityFlag: 2,
    replaceIfPresent: 1,
    defaultMessageId: 9,
  };
  const addresses = { service_type: 'WAP', source_addr: '72345', destination_addr: '12025550143', esm_class: 4 };
  const fields = {
    ...addresses,
    short_message: Buffer.from('hello'),
    protocol_id: 1,
    priority_flag: 2,
    replace_if_present_flag: 1,
    sm_default_msg_id: 9,
  };
  const tlvs = { message_state: 2 };
  const payload = { message_payload: Buffer.from('hello') };
  const id = { message_id: 'id' };
  const congestion = { congestion_state: 90 };
  const pairs = [
    [written((out) => out.submitSm(7, message)), written((out) => out.write('submit_sm', 0, 7, fields))],
    [written((out) => out.deliverSm(7, message, tlvs)), written((out) => out.write('deliver_sm', 0, 7, fields, tlvs))],
    [written((out) => out.submitSm(7, message, tlvs)), written((out) => out.write('submit_sm', 0, 7, fields, tlvs))],
    [written((out) => out.dataSm(7, message)), written((out) => out.write('data_sm', 0, 7, addresses, payload))],
    [
      written((out) => out.dataSm(7, { ...message, text: '' }, tlvs)),
      written((out) => out.write('data_sm', 0, 7, addresses, tlvs)),
    ],
    [written((out) => out.submitSmResp(0, 8, 'id')), written((out) => out.write('submit_sm_resp', 0, 8, id))],
    [written((out) => out.submitSmResp(88, 8, 'id')), written((out) => out.write('submit_sm_resp', 88, 8))],
    [
      written((out) => out.submitSmResp(0, 8, 'id', 90)),
      written((out) => out.write('submit_sm_resp', 0, 8, id, congestion)),
    ],
    [
      written((out) => out.submitSmResp(88, 8, 'id', 90)),
      written((out) => out.write('submit_sm_resp', 88, 8, {}, congestion)),
    ],
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
    { serviceType: 'toolong' },
  ]) {
    assert.throws(() => written((out) => out.submitSm(1, { ...message, ...wrong })), { name: 'BrokenInvariant' });
  }
  for (const wrong of [{ source: 'x'.repeat(65) }, { text: Buffer.alloc(65_536) }]) {
    assert.throws(() => written((out) => out.dataSm(1, { ...message, ...wrong })), { name: 'BrokenInvariant' });
  }
});

test('the longest payload finds room behind whatever stands before it', () => {
  const text = Buffer.alloc(65_535, 'z');
  const bytes = written((out) => {
    for (let sequence = 1; sequence <= 3; sequence++) {
      out.genericNack(3, sequence);
      out.dataSm(sequence, { ...outgoingMessage(), text });
    }
  });
  const view = new MessageView();
  let payloads = 0;
  for (let at = 0; at < bytes.length; at += commandLength(bytes, at)) {
    if (commandId(bytes, at) !== commands.data_sm) continue;
    assert.equal(view.readData(bytes, at, commandLength(bytes, at)), null);
    assert.ok(view.text().equals(text));
    payloads++;
  }
  assert.equal(payloads, 3);
});

test('what was broken off is no part of what is sent', () => {
  const sound = written((out) => {
    out.genericNack(3, 1);
    out.genericNack(3, 2);
  });
  const broken = { ...outgoingMessage(), destination: '€' };
  const sent = written((out) => {
    out.genericNack(3, 1);
    assert.throws(() => out.submitSm(9, broken), { name: 'BrokenInvariant' });
    out.genericNack(3, 2);
    assert.throws(() => out.submitSm(9, broken), { name: 'BrokenInvariant' });
  });
  assert.deepEqual(sent, sound);
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
