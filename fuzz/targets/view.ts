import assert from 'node:assert/strict';
import { commands } from '../../src/wire/smpp/commands.ts';
import { decode, isDecodeFault } from '../../src/wire/smpp/decode.ts';
import { MessageView } from '../../src/wire/smpp/message-view.ts';
import { tlvs } from '../../src/wire/smpp/tlvs.ts';
import { examplePdus } from '../../test/support/examples.ts';
import { bytesOf } from '../../test/support/pdu-bytes.ts';
import type { Target } from '../target.ts';
import { asPdu } from './decode.ts';
import { pduWords } from './words.ts';

const view = new MessageView();

/** The reader in place and the reader by the table see the same message. */
export const viewing: Target = {
  name: 'view',
  modules: /src\/wire\/smpp\/(?:message-view|decode|fields)\.ts$/,
  maxBytes: 2048,
  dictionary: pduWords,
  seeds: () => examplePdus.filter(({ command }) => command === 'submit_sm' || command === 'deliver_sm').map(bytesOf),
  run(input) {
    const bytes = asPdu(input);
    bytes.writeUInt32BE(commands.submit_sm, 4);
    const fault = view.read(bytes, 0, bytes.length);
    const pdu = decode(bytes, 0, bytes.length);
    if (fault !== null) return assert.ok(fault.status > 0);
    for (const { tag } of Object.values(tlvs)) {
      const value = view.tlv(tag);
      assert.ok(value === null || value.length <= bytes.length);
    }
    assert.ok(view.text().length === view.textBytes && view.textBytes <= bytes.length);
    // A TLV whose length its table does not allow is a fault to the one, and for its user to see to the other.
    if (isDecodeFault(pdu)) return;
    assert.ok(pdu.command === 'submit_sm');
    const { fields } = pdu;
    assert.deepEqual(
      [view.source, view.sourceTon, view.sourceNpi, view.destination, view.destinationTon, view.destinationNpi],
      [
        fields.source_addr,
        fields.source_addr_ton,
        fields.source_addr_npi,
        fields.destination_addr,
        fields.dest_addr_ton,
        fields.dest_addr_npi,
      ],
    );
    assert.deepEqual(
      [view.esmClass, view.protocolId, view.scheduleDeliveryTime, view.validityPeriod, view.registeredDelivery],
      [
        fields.esm_class,
        fields.protocol_id,
        fields.schedule_delivery_time,
        fields.validity_period,
        fields.registered_delivery,
      ],
    );
    assert.deepEqual(
      [view.replaceIfPresent, view.dataCoding, view.defaultMessageId, view.text()],
      [
        fields.replace_if_present_flag,
        fields.data_coding,
        fields.sm_default_msg_id,
        pdu.tlvs.message_payload ?? fields.short_message,
      ],
    );
  },
};
