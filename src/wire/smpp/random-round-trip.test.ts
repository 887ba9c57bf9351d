import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf } from '../../../test/support/pdu-bytes.ts';
import { diceFrom, randomPdu } from '../../../test/support/random-pdus.ts';
import { type CommandName, commands } from './commands.ts';
import { decode, isDecodeFault } from './decode.ts';
import { FrameReader } from './frames.ts';
import { HEADER_BYTES } from './header.ts';
import { MessageView } from './message-view.ts';

const SEED = 20_260_102;
const PDUS_OF_EACH = 40;
const names = Object.keys(commands) as CommandName[];

for (const name of names) {
  test(`${name}: whatever is written within bounds is read again (seed ${SEED})`, () => {
    const dice = diceFrom(SEED ^ commands[name]);
    for (let round = 0; round < PDUS_OF_EACH; round++) {
      const example = randomPdu(dice, name);
      const bytes = bytesOf(example);
      const { title: _, ...pdu } = example;
      assert.deepEqual(decode(bytes, 0, bytes.length), pdu, `round ${round}`);
    }
  });
}

test(`a stream of all of them is cut into what was written, wherever its chunks end (seed ${SEED})`, () => {
  const dice = diceFrom(SEED);
  const written = names.flatMap((name) => [bytesOf(randomPdu(dice, name)), bytesOf(randomPdu(dice, name))]);
  const stream = Buffer.concat(written);
  const reader = new FrameReader(stream.length);
  const read: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = Math.min(stream.length, at + 1 + dice(600));
    reader.feed(stream.subarray(at, end));
    while (reader.next() === 'handle')
      read.push(Buffer.from(reader.bytes.subarray(reader.at, reader.at + reader.length)));
    at = end;
  }
  assert.deepEqual(read, written);
});

for (const name of ['submit_sm', 'deliver_sm', 'data_sm'] as const) {
  test(`${name}: damaged anywhere, the view and the table tell the same status or see the same message`, () => {
    const dice = diceFrom(SEED ^ commands[name]);
    const view = new MessageView();
    const seen = { sound: 0, broken: 0 };
    for (let round = 0; round < 3000; round++) {
      const bytes = bytesOf(randomPdu(dice, name));
      const at = HEADER_BYTES + dice(Math.min(bytes.length - HEADER_BYTES, 120));
      bytes[at] = dice(256);
      const fault = name === 'data_sm' ? view.readData(bytes, 0, bytes.length) : view.read(bytes, 0, bytes.length);
      const pdu = decode(bytes, 0, bytes.length);
      if (fault === null && !isDecodeFault(pdu)) {
        seen.sound++;
        assert.ok(pdu.command === name);
        const { source_addr, destination_addr, data_coding, service_type } = pdu.fields;
        assert.deepEqual(
          [view.source, view.destination, view.dataCoding, view.serviceType],
          [source_addr, destination_addr, data_coding, service_type],
        );
      } else if (fault !== null && isDecodeFault(pdu)) {
        seen.broken++;
        // The view looks no further than to the end of the TLVs; the table also into each of them.
        if (fault.field !== 'optional_parameters' && fault.field !== 'short_message')
          assert.equal(pdu.status, fault.status);
      }
    }
    assert.ok(seen.sound > 100 && seen.broken > 100, JSON.stringify(seen));
  });
}
