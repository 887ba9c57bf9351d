import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboundPart } from '../../src/carriers/carrier.ts';
import type { SmppCarrierSettings } from '../../src/carriers/smpp/settings.ts';
import { joinTlvs } from '../../src/wire/smpp/raw-tlvs.ts';
import { tlvs as tlvTable } from '../../src/wire/smpp/tlvs.ts';
import { pack7 } from '../../src/wire/text/packed.ts';
import { eachTest } from '../support/hooks.ts';
import { SmppCarrier } from '../support/smpp-carrier.ts';
import { partFor } from './carrier-contract.ts';

const each = eachTest();
const bound = async (settings: Partial<SmppCarrierSettings>) => each.taken.use(await SmppCarrier.bound({ settings }));

/** The submit_sm that a part becomes under these settings. */
async function submitted(settings: Partial<SmppCarrierSettings>, about: Partial<OutboundPart> = {}) {
  const { link, smsc } = await bound(settings);
  link.submit(partFor(0, about));
  await smsc.until(() => smsc.heardOf('submit_sm').length === 1);
  const [submit] = smsc.heardOf('submit_sm');
  assert.ok(submit?.command === 'submit_sm');
  return submit;
}

test('a bind says what the settings say', async () => {
  const { smsc } = await bound({ interfaceVersion: '5.0', systemType: 'bank', addressRange: '^12345$' });
  const [bind] = smsc.heardOf('bind_transceiver');
  assert.ok(bind?.command === 'bind_transceiver');
  const { interface_version, system_type, address_range } = bind.fields;
  assert.deepEqual([interface_version, system_type, address_range], [0x50, 'bank', '^12345$']);
});

test('each kind of sender, and the handset, is addressed as the carrier wants it', async () => {
  const settings = {
    shortCodeAddressing: { ton: 6, npi: 0 },
    longCodeAddressing: { ton: 2, npi: 8 },
    nameAddressing: { ton: 5, npi: 9 },
    destinationAddressing: { ton: 0, npi: 1 },
  };
  for (const [from, ton, npi] of [
    ['12345', 6, 0],
    ['447700900123', 2, 8],
    ['Bank', 5, 9],
  ] as const) {
    const { fields } = await submitted(settings, { from });
    assert.deepEqual([fields.source_addr_ton, fields.source_addr_npi], [ton, npi], from);
    assert.deepEqual([fields.dest_addr_ton, fields.dest_addr_npi], [0, 1]);
  }
});

test('service_type and registered_delivery are as set', async () => {
  const { fields } = await submitted({ serviceType: 'OTP', intermediateNotifications: true });
  assert.deepEqual([fields.service_type, fields.registered_delivery], ['OTP', 0x11]);
  assert.deepEqual([fields.source_addr, fields.destination_addr], ['12345', '12025550100']);
  assert.equal(fields.short_message.toString(), 'Hello');
});

test('the end of validity is told where it is wanted, in the form that is wanted', async () => {
  const expiresAtMs = Date.UTC(2030, 0, 1, 0, 5);
  for (const [validityPeriod, text] of [
    ['none', ''],
    ['relative', '000000000500000R'],
    ['absolute', '300101000500000+'],
  ] as const) {
    assert.equal((await submitted({ validityPeriod }, { expiresAtMs })).fields.validity_period, text);
  }
});

test('where a part stands goes beside its text', async () => {
  const place = { reference: 0x1234, total: 3, number: 2 };
  const { tlvs, fields } = await submitted({ cutting: 'sar' }, { place });
  assert.deepEqual([tlvs.sar_msg_ref_num, tlvs.sar_total_segments, tlvs.sar_segment_seqnum], [0x1234, 3, 2]);
  assert.equal(fields.short_message.toString(), 'Hello');
});

test('what does not fit a short_message goes in message_payload, and what a carrier cuts itself', async () => {
  const long = Buffer.alloc(300, 'x');
  for (const [settings, octets, isPayload] of [
    [{}, long, true],
    [{}, long.subarray(0, 254), false],
    [{ cutting: 'whole' }, long.subarray(0, 161), true],
    [{ cutting: 'whole' }, long.subarray(0, 160), false],
  ] as const) {
    const { tlvs, fields } = await submitted(settings, { octets });
    assert.deepEqual(isPayload ? tlvs.message_payload : fields.short_message, octets);
    assert.equal(isPayload ? fields.short_message.length : tlvs.message_payload, isPayload ? 0 : undefined);
  }
});

test('parameters that an application passes on go with the part as they are', async () => {
  const vendor = { tag: 0x1501, value: Buffer.from('abc') };
  const { tlvs } = await submitted({}, { tlvs: joinTlvs([vendor, { tag: 0x0204, value: Buffer.of(0, 7) }]) });
  assert.deepEqual(tlvs.unknown, [vendor]);
  assert.equal(tlvs.user_message_reference, 7);
});

test('a text goes out in what the carrier means by data_coding 0', async () => {
  const euro = Buffer.from([0x1b, 0x65]);
  const umlaut = Buffer.from([0x7b]); // ä
  for (const [defaultAlphabet, octets, dataCoding, expected] of [
    ['gsm7', umlaut, 0, umlaut],
    ['gsm7-packed', Buffer.from('Hello'), 0, pack7(Buffer.from('Hello'))],
    ['latin1', umlaut, 0, Buffer.from('ä', 'latin1')],
    ['ascii', Buffer.from('Hello'), 0, Buffer.from('Hello')],
    ['latin1', euro, 8, Buffer.from([0x20, 0xac])],
  ] as const) {
    const { fields } = await submitted({ defaultAlphabet }, { octets });
    assert.deepEqual([fields.data_coding, fields.short_message], [dataCoding, expected], defaultAlphabet);
  }
});

test('a text that no alphabet of the carrier holds is for another one', async () => {
  const { link, heard } = await bound({ defaultAlphabet: 'ascii' });
  link.submit(partFor(0, { octets: Buffer.alloc(150, 0x7b) }));
  assert.deepEqual(heard.reported[0]?.result, { kind: 'refused', code: 0x104, next: 'other route' });
});

test('a message from a handset is read in what the carrier means by data_coding 0', async () => {
  for (const [defaultAlphabet, sent, dataCoding, octets] of [
    ['gsm7-packed', pack7(Buffer.from('Hello')), 0, Buffer.from('Hello')],
    ['latin1', Buffer.from('ä', 'latin1'), 3, Buffer.from('ä', 'latin1')],
    ['ascii', Buffer.from('Hi'), 1, Buffer.from('Hi')],
  ] as const) {
    const { heard, smsc } = await bound({ defaultAlphabet });
    assert.equal(await smsc.session.deliver({ source: '12025550143', destination: '12345', text: sent }), 0);
    assert.deepEqual([heard.inbounds[0]?.dataCoding, heard.inbounds[0]?.octets], [dataCoding, octets], defaultAlphabet);
  }
});

test('the word of the operator for a command_status goes before the table', async () => {
  const { link, heard, smsc } = await bound({ statusPolicy: { '0x45': 'retry' } });
  smsc.script = { submit: (submit, session) => session.refuse(submit, 0x45) };
  link.submit(partFor(0));
  await heard.until(() => heard.reported.length === 1);
  assert.deepEqual(heard.reported[0]?.result, { kind: 'refused', code: 0x45, next: 'retry' });
});

test('an SMSC of version 3.3 is sent no parameters: what needs them is for another carrier', async () => {
  const carrier = each.taken.use(await SmppCarrier.make({ settings: { interfaceVersion: '5.0' } }));
  const { link, heard, smsc } = carrier;
  smsc.script = { bindTlvs: { sc_interface_version: 0x33 } };
  link.start();
  await heard.until(() => link.isUp);
  link.submit(partFor(0, { place: { reference: 1, total: 2, number: 1 } }));
  assert.deepEqual(heard.reported[0]?.result, { kind: 'refused', code: 0xc1, next: 'other route' });
  link.submit(partFor(0));
  await heard.until(() => heard.reported.length === 2);
  assert.equal(heard.reported[1]?.result.kind, 'sent');
});

for (const { says, bindTlvs, isSent } of [
  { says: 'nothing', bindTlvs: {}, isSent: false },
  { says: '3.4', bindTlvs: { sc_interface_version: 0x34 }, isSent: false },
  { says: 'a version that does not exist', bindTlvs: { sc_interface_version: 0x4f }, isSent: false },
  { says: '5.0', bindTlvs: { sc_interface_version: 0x50 }, isSent: true },
]) {
  test(`an SMSC that says ${says} of its version is ${isSent ? '' : 'not '}sent a parameter of 5.0`, async () => {
    const { link, heard, smsc } = each.taken.use(await SmppCarrier.make({ settings: { interfaceVersion: '5.0' } }));
    smsc.script = { bindTlvs };
    link.start();
    await heard.until(() => link.isUp);
    const billing = { tag: tlvTable.billing_identification.tag, value: Buffer.from([1, 2, 3]) };
    link.submit(partFor(0, { tlvs: joinTlvs([billing]) }));
    await heard.until(() => heard.reported.length === 1);
    assert.equal(heard.reported[0]?.result.kind, isSent ? 'sent' : 'refused');
    link.submit(partFor(0, { tlvs: joinTlvs([{ tag: 0x1400, value: Buffer.from('ours') }]) }));
    await heard.until(() => heard.reported.length === 2);
    assert.equal(heard.reported[1]?.result.kind, 'sent');
  });
}

test('a bind that carried nothing for a while is made anew', async () => {
  const { link, heard, clock, smsc } = await bound({ inactivitySeconds: 20 });
  clock.advance(22_000);
  await smsc.until(() => smsc.heardOf('unbind').length === 1);
  await heard.until(() => link.status.startsWith('waiting'));
  clock.advance(500);
  await heard.until(() => link.isUp);
});
