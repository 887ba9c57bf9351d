import assert from 'node:assert/strict';
import { test } from 'node:test';
import { written } from '../../../test/support/pdu-bytes.ts';
import { decode, isDecodeFault } from './decode.ts';
import { HEADER_BYTES } from './header.ts';
import { MessageView } from './message-view.ts';
import { statuses } from './statuses.ts';
import { areSoundTlvs, congestionState, findTlv } from './tlv-stream.ts';
import { TLVS_MAX, tlvs as tlvTable } from './tlvs.ts';

const STREAM = Buffer.from('0204000200071400000276650427000102140000020a0b', 'hex');
test('TLVs are found by their tag, the first of several', () => {
  assert.equal(findTlv(STREAM, 0, STREAM.length, 0x0204), 0);
  assert.equal(findTlv(STREAM, 0, STREAM.length, 0x1400), 6);
  assert.equal(findTlv(STREAM, 0, STREAM.length, 0x0424), -1);
  assert.equal(findTlv(STREAM, 6, STREAM.length, 0x0204), -1);
});

test('TLVs are sound that end where the PDU ends', () => {
  const ends = Array.from({ length: STREAM.length + 1 }, (_, end) => end);
  assert.deepEqual(
    ends.filter((end) => areSoundTlvs(STREAM, 0, end)),
    [0, 6, 12, 17, 23],
  );
});

const withTlvs = (count: number) =>
  written((out) => {
    const unknown = Array.from({ length: count }, () => ({ tag: 0x1400, value: Buffer.alloc(0) }));
    out.write('data_sm', 0, 1, {}, { unknown });
  });

test('as many TLVs as a PDU may have are read, and one more is refused', () => {
  const view = new MessageView();
  const full = withTlvs(TLVS_MAX);
  const overfull = withTlvs(TLVS_MAX + 1);
  assert.equal(view.readData(full, 0, full.length), null);
  assert.ok(!isDecodeFault(decode(full, 0, full.length)));
  const fault = { kind: 'decode-fault', field: 'optional_parameters', status: statuses.ESME_RINVOPTPARSTREAM.value };
  assert.deepEqual(view.readData(overfull, 0, overfull.length), fault);
  assert.deepEqual(decode(overfull, 0, overfull.length), fault);
});

/** The TLVs of a submit_sm_resp with this message_id. */
const congestionAfter = (id: string, bytes: Buffer, end = bytes.length) =>
  congestionState(bytes, HEADER_BYTES + id.length + 1, end);

test('congestion_state is read in place', () => {
  const told = written((out) => out.submitSmResp(0, 1, 'id', 91));
  const refused = written((out) => out.submitSmResp(statuses.ESME_RTHROTTLED.value, 1, '', 100));
  const others = written((out) =>
    out.write('submit_sm_resp', 0, 1, { message_id: 'id' }, { additional_status_info_text: 'x', congestion_state: 7 }),
  );
  assert.equal(congestionAfter('id', told), 91);
  assert.equal(congestionAfter('', refused), 100);
  assert.equal(congestionAfter('id', others), 7);
});

test('congestion_state is null where there is none, or it cannot be read', () => {
  const plain = written((out) => out.submitSmResp(0, 1, 'id'));
  const bare = written((out) => out.submitSmResp(8, 1, ''));
  const told = written((out) => out.submitSmResp(0, 1, 'id', 91));
  const unknown = [{ tag: tlvTable.congestion_state.tag, value: Buffer.alloc(2) }];
  const wide = written((out) => out.write('submit_sm_resp', 0, 1, {}, { unknown }));
  assert.equal(congestionAfter('id', plain), null);
  assert.equal(congestionAfter('', bare), null);
  assert.equal(congestionAfter('', wide), null);
  for (let end = HEADER_BYTES; end < told.length; end++) assert.equal(congestionAfter('id', told, end), null);
});
