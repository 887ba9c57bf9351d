import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedChunk } from '../support/tshark-recorder.ts';
import { assertTsharkReads } from '../support/tshark-verdict.ts';

/** What the other referees rely on: that Wireshark's decoder, asked through `assertTsharkReads`, does find fault. */
const fromClient = (hex: string): RecordedChunk => ({ isFromClient: true, bytes: Buffer.from(hex, 'hex') });

const enquireLink = '00000010 00000015 00000000 00000001'.replaceAll(' ', '');
const bind = '0000001e 00000009 00000000 00000002 61626300 7061737300 00 34 00 00 00'.replaceAll(' ', '');

test('tshark passes what is sound, also when it comes in pieces', () => {
  const pieces = [enquireLink + bind.slice(0, 40), bind.slice(40)];
  const seen = assertTsharkReads({ connections: [pieces.map(fromClient)] });
  assert.deepEqual([...seen], ['enquire_link', 'bind_transceiver']);
});

test('tshark finds fault with a PDU that ends before its fields do', () => {
  const short = `00000014${bind.slice(8, 40)}`;
  assert.throws(() => assertTsharkReads({ connections: [[fromClient(short)]] }), /malformed/i);
});
