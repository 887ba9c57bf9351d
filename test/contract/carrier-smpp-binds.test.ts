import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { OutboundPart } from '../../src/carriers/carrier.ts';
import type { SmppCarrierSettings } from '../../src/carriers/smpp/settings.ts';
import { decode, isDecodeFault } from '../../src/wire/smpp/decode.ts';
import { commandLength } from '../../src/wire/smpp/header.ts';
import { eachTest } from '../support/hooks.ts';
import { written } from '../support/pdu-bytes.ts';
import { SmppCarrier, WINDOW } from '../support/smpp-carrier.ts';
import { partFor } from './carrier-contract.ts';

const each = eachTest();
const bound = async (settings: Partial<SmppCarrierSettings>) => each.taken.use(await SmppCarrier.bound({ settings }));
const nothing = () => {};

test('parts take turns over the binds that have room', async () => {
  const { link, smsc } = await bound({ bindCount: 3 });
  const perSession = new Map<object, number>();
  smsc.script = { submit: (_submit, session) => void perSession.set(session, (perSession.get(session) ?? 0) + 1) };
  for (let count = 0; count < 3 * WINDOW; count++) link.submit(partFor(0));
  assert.equal(link.room, 0);
  await smsc.until(() => smsc.heardOf('submit_sm').length === 3 * WINDOW);
  assert.deepEqual([...perSession.values()], [WINDOW, WINDOW, WINDOW]);
});

test('each bind has sequence numbers of its own, and an answer belongs to the bind it came on', async () => {
  const carrier = await bound({ bindCount: 2 });
  carrier.smsc.script = { submit: (submit, session) => session.answer(submit, `id-${submit.sequence}`) };
  const parts = [partFor(0), partFor(1), partFor(2), partFor(3)];
  for (const part of parts) carrier.link.submit(part);
  await carrier.heard.until(() => carrier.heard.reported.length === 4);
  assert.deepEqual(new Set(carrier.heard.reported.map(({ part }) => part)), new Set(parts));
  const references = carrier.heard.reported.map(({ result }) => result.kind === 'sent' && result.reference);
  assert.deepEqual(
    references.toSorted((a, b) => String(a).localeCompare(String(b))),
    ['id-2', 'id-2', 'id-3', 'id-3'],
  );
});

test('a bind that is lost leaves the others at work, and comes back', async () => {
  const carrier = await bound({ bindCount: 3 });
  const { link, heard, clock, smsc } = carrier;
  smsc.script = { submit: nothing };
  for (let count = 0; count < 6; count++) link.submit(partFor(0));
  await smsc.until(() => smsc.heardOf('submit_sm').length === 6);
  const [first] = smsc.sessions;
  first!.connection.destroy();
  await heard.until(() => heard.reported.length === 2);
  assert.deepEqual(carrier.kinds, ['lost', 'lost']);
  assert.deepEqual([link.isUp, link.room], [true, 2 * (WINDOW - 2)]);
  assert.match(link.status, /^2 of 3 bound, a transceiver is waiting: /);
  clock.advance(500);
  await heard.until(() => link.status === 'bound');
  assert.equal(link.room, 2 * (WINDOW - 2) + WINDOW);
});

test('a receiver that is lost is told, and messages go out all the same', async () => {
  const carrier = await bound({ mode: 'transmitter+receiver' });
  const { link, heard, smsc } = carrier;
  smsc.receiver.connection.destroy();
  await heard.until(() => link.status !== 'bound');
  assert.match(link.status, /^1 of 2 bound, a receiver is waiting: /);
  link.submit(partFor(0));
  await heard.until(() => heard.reported.length === 1);
  assert.deepEqual(carrier.kinds, ['sent']);
});

test('a message that comes on a transmitter is refused as out of place', async () => {
  const { heard, smsc, logged } = await bound({ mode: 'transmitter+receiver' });
  const transmitter = smsc.sessions.find((session) => session.bound === 'bind_transmitter')!;
  assert.equal(await transmitter.deliver({ source: '12025550143', destination: '12345', text: 'Hi' }), 0x04);
  assert.deepEqual(heard.inbounds, []);
  assert.ok(logged.some((line) => line.includes('carrier_pdu_unexpected')));
});

test('what was refused as too fast is reported in order, each once, and the rate falls', async () => {
  const { link, heard, clock, smsc } = await bound({ messagesPerSecond: 1000, window: 100 });
  let taken = 0;
  smsc.script = {
    submit: (submit, session) => (++taken % 2 === 0 ? session.refuse(submit, 0x58) : session.answer(submit, 'x')),
  };
  const waiting: OutboundPart[] = Array.from({ length: 60 }, (_, at) => partFor(at));
  const refused: OutboundPart[] = [];
  const done = new Set<OutboundPart>();
  let read = 0;
  while (done.size < 60) {
    while (link.room > 0 && waiting.length > 0) link.submit(waiting.shift()!);
    const before = smsc.heardOf('submit_sm').length;
    clock.advance(20);
    for (let turns = 0; turns < 6; turns++) await setImmediate();
    for (; read < heard.reported.length; read++) {
      const { part, result } = heard.reported[read]!;
      if (result.kind === 'sent') done.add(part);
      else refused.push(part);
    }
    assert.ok(smsc.heardOf('submit_sm').length >= before);
    waiting.unshift(...refused.splice(0));
  }
  assert.equal(heard.reported.filter(({ result }) => result.kind === 'sent').length, 60);
});

test('a link that is limited sends smoothly, and no more than it may', async () => {
  const { link, clock, smsc } = await bound({ messagesPerSecond: 50, window: 1000 });
  smsc.script = { submit: nothing };
  const perTick: number[] = [];
  let sent = 0;
  for (let tick = 0; tick < 100; tick++) {
    const before = sent;
    for (; link.room > 0; sent++) link.submit(partFor(0));
    perTick.push(sent - before);
    clock.advance(20);
  }
  assert.ok(sent >= 95 && sent <= 105, `${sent} in two seconds`);
  assert.ok(Math.max(...perTick.slice(1)) <= 2);
});

interface DeafSmsc {
  readonly port: number;
  /** Reads what has come after all, to its end, and gives the senders of it. */
  senders(): Promise<string[]>;
}

/** A peer that binds and then reads nothing: what it is sent fills the kernel, and then waits with us. */
async function deafSmsc(): Promise<DeafSmsc> {
  const { promise, resolve } = Promise.withResolvers<net.Socket>();
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bind: Buffer) => {
      socket.pause();
      socket.write(
        written((out) => out.write('bind_transceiver_resp', 0, bind.readUInt32BE(12), { system_id: 'deaf' })),
      );
      resolve(socket);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  each.taken.defer(() => void server.close());
  return {
    port: (server.address() as net.AddressInfo).port,
    async senders() {
      const chunks: Buffer[] = [];
      for await (const chunk of await promise) chunks.push(chunk as Buffer);
      return sendersIn(Buffer.concat(chunks));
    },
  };
}

function sendersIn(octets: Buffer): string[] {
  const senders: string[] = [];
  for (let at = 0; at + 16 <= octets.length && at + commandLength(octets, at) <= octets.length; ) {
    const pdu = decode(octets, at, commandLength(octets, at));
    if (!isDecodeFault(pdu) && pdu.command === 'submit_sm') senders.push(pdu.fields.source_addr);
    at += commandLength(octets, at);
  }
  return senders;
}

test('what never left is unsent, and nothing that the carrier can read is called so', async () => {
  const deaf = await deafSmsc();
  const carrier = each.taken.use(await SmppCarrier.bound({ settings: { window: 10_000 }, port: deaf.port }));
  const { link, heard } = carrier;
  const parts: OutboundPart[] = [];
  // Batch after batch, until the link cuts off a peer that leaves so much unread.
  while (heard.reported.length === 0) {
    for (let count = 0; count < 20 && link.room > 0; count++) {
      parts.push(partFor(0, { octets: Buffer.alloc(8000, 'x'), from: String(10_000 + parts.length) }));
      link.submit(parts.at(-1)!);
    }
    await setImmediate();
  }
  assert.equal(heard.reported.length, parts.length);
  assert.equal(link.status, 'waiting: the SMSC does not read what it is sent');
  const unsent = new Set(heard.reported.filter(({ result }) => result.kind === 'unsent').map(({ part }) => part.from));
  const read = await deaf.senders();
  assert.ok(unsent.size > 0, 'some never left');
  assert.ok(read.length > 0, 'some did');
  assert.deepEqual(
    read.filter((sender) => unsent.has(sender)),
    [],
  );
});
