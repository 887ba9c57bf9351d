import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, test } from 'node:test';
import { written } from '../../test/support/pdu-bytes.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { commands } from '../wire/smpp/commands.ts';
import { decode } from '../wire/smpp/decode.ts';
import { commandLength, sequenceNumber } from '../wire/smpp/header.ts';
import { outgoingMessage } from '../wire/smpp/pdu-writer.ts';
import { type BrokenReason, SmppConnection } from './smpp-connection.ts';

const MAX_PDU_BYTES = 4096;
const MAX_UNSENT_BYTES = 100_000;

/** A clock whose time-outs come when the test says so. */
class HandClock {
  readonly due: (() => void)[] = [];
  readonly clock: Clock = {
    ...systemClock,
    after: (_delayMs, action) => {
      this.due.push(action);
      return () => this.due.splice(this.due.indexOf(action), 1);
    },
  };
}

let open = new AsyncDisposableStack();
afterEach(async () => {
  await open.disposeAsync();
  open = new AsyncDisposableStack();
});

interface Pair {
  readonly peer: net.Socket;
  readonly connection: SmppConnection;
  readonly sequences: number[];
  readonly broken: BrokenReason[];
  readonly closed: Promise<string | null>;
  /** Resolves when so many PDUs have come. */
  readonly heard: (count: number) => Promise<void>;
}

/** A connection of ours and the bare socket at its other end. `onPdu` sees each PDU first. */
async function connect(clock: Clock, onPdu: (sequence: number) => void = () => undefined): Promise<Pair> {
  const server = net.createServer({ allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const peer = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  open.defer(() => void peer.destroy());
  const sequences: number[] = [];
  const broken: BrokenReason[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<string | null>();
  const waiting: (() => void)[] = [];
  const options = { clock, maxPduBytes: MAX_PDU_BYTES, maxUnsentBytes: MAX_UNSENT_BYTES };
  const connection = new SmppConnection(socket, options, {
    pdu(_command, bytes, at) {
      const sequence = sequenceNumber(bytes, at);
      sequences.push(sequence);
      onPdu(sequence);
      for (const wake of waiting.splice(0)) wake();
    },
    broken: (reason) => broken.push(reason),
    closed: resolve,
  });
  open.defer(() => connection.destroy());
  const heard = async (count: number) => {
    while (sequences.length < count) await new Promise<void>((wake) => waiting.push(wake));
  };
  return { peer, connection, sequences, broken, closed, heard };
}

const links = (...sequences: number[]) =>
  written((out) => {
    for (const sequence of sequences) out.write('enquire_link', 0, sequence);
  });

/** Everything the other side says until it ends. */
async function untilEnd(peer: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of peer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('what is written in one tick leaves in one piece, in order', async () => {
  const { peer, connection } = await connect(systemClock);
  for (let sequence = 1; sequence <= 3; sequence++) connection.out.write('enquire_link', 0, sequence);
  const [chunk] = (await once(peer, 'data')) as [Buffer];
  assert.deepEqual(chunk, links(1, 2, 3));
});

test('PDUs are handed over as they come', async () => {
  const { peer, sequences, heard } = await connect(systemClock);
  peer.write(links(1, 2));
  peer.write(links(3));
  await heard(3);
  assert.deepEqual(sequences, [1, 2, 3]);
});

test('a pause takes effect between two PDUs of one chunk, and nothing is lost', async () => {
  const pair: Pair = await connect(systemClock, (sequence) => {
    if (sequence % 2 === 0) pair.connection.pause();
  });
  pair.peer.write(links(1, 2, 3, 4, 5));
  await pair.heard(2);
  assert.deepEqual(pair.sequences, [1, 2]);
  pair.connection.resume();
  assert.deepEqual(pair.sequences, [1, 2, 3, 4]);
  pair.connection.resume();
  pair.peer.write(links(6));
  await pair.heard(6);
  assert.deepEqual(pair.sequences, [1, 2, 3, 4, 5, 6]);
});

test('resume from within a PDU does not hand out PDUs out of turn', async () => {
  const pair: Pair = await connect(systemClock, () => {
    pair.connection.pause();
    pair.connection.resume();
  });
  pair.peer.write(links(1, 2, 3));
  await pair.heard(3);
  assert.deepEqual(pair.sequences, [1, 2, 3]);
});

test('an unknown command_id is answered with generic_nack, and the session goes on', async () => {
  const { peer, heard } = await connect(systemClock);
  const unknown = links(9);
  unknown.writeUInt32BE(0x0001_0200, 4);
  peer.write(Buffer.concat([unknown, links(10)]));
  await heard(1);
  const [answer] = (await once(peer, 'data')) as [Buffer];
  assert.deepEqual(decode(answer, 0, answer.length), {
    command: 'generic_nack',
    status: 3,
    sequence: 9,
    fields: {},
    tlvs: {},
  });
});

test('a bad command_length is answered with generic_nack and the connection ends', async () => {
  const { peer, broken, closed } = await connect(systemClock);
  const bad = links(4);
  bad.writeUInt32BE(0xffff_ffff, 0);
  peer.write(Buffer.concat([bad, links(5)]));
  const said = await untilEnd(peer);
  assert.equal(commandLength(said, 0), said.length);
  assert.equal(said.readUInt32BE(4), commands.generic_nack);
  assert.deepEqual([said.readUInt32BE(8), said.readUInt32BE(12)], [2, 4]);
  assert.deepEqual(broken, [{ kind: 'bad_length', looksLike: 'smpp' }]);
  assert.equal(await closed, null);
});

test('another protocol is named', async () => {
  const { peer, broken, closed } = await connect(systemClock);
  peer.write('GET / HTTP/1.1\r\n\r\n');
  await untilEnd(peer);
  assert.deepEqual(broken, [{ kind: 'bad_length', looksLike: 'http' }]);
  assert.equal(await closed, null);
});

test('a peer that sends and never reads is cut off', async () => {
  const { peer, connection, broken, closed } = await connect(systemClock);
  peer.pause();
  peer.on('error', () => undefined); // the other side resets the connection
  const message = { ...outgoingMessage(), text: Buffer.alloc(254, 'x') };
  while (connection.isOpen) {
    for (let i = 0; i < 100; i++) connection.out.submitSm(i, message);
    await new Promise((resume) => setImmediate(resume));
  }
  await closed;
  assert.equal(broken.length, 1);
  assert.ok(broken[0]?.kind === 'unread' && broken[0].unsentBytes > MAX_UNSENT_BYTES);
});

test('an end sends what is written, and reads no more', async () => {
  const { peer, connection, sequences, closed } = await connect(systemClock);
  connection.out.write('unbind_resp', 0, 7);
  connection.end(1000);
  peer.write(links(8));
  assert.deepEqual(
    await untilEnd(peer),
    written((out) => out.write('unbind_resp', 0, 7)),
  );
  await closed;
  assert.deepEqual(sequences, []);
});

test('an end that the peer does not follow is cut off at its deadline', async () => {
  const hand = new HandClock();
  const { peer, connection, closed } = await connect(hand.clock);
  peer.allowHalfOpen = true;
  connection.end(1000);
  await untilEnd(peer);
  assert.equal(hand.due.length, 1);
  hand.due[0]!();
  await closed;
  assert.deepEqual(hand.due, []);
});

test('a reset is told as the cause', async () => {
  const { peer, closed } = await connect(systemClock);
  peer.resetAndDestroy();
  assert.match((await closed) ?? '', /ECONNRESET/);
});
