import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { clientTls } from '../../src/transport/index.ts';
import { eachTest } from '../support/hooks.ts';
import type { Submit } from '../support/scripted-smsc.ts';
import { BIND_SECONDS, ENQUIRE_LINK_SECONDS, SmppCarrier, WINDOW } from '../support/smpp-carrier.ts';
import { testCertificate } from '../support/test-certificate.ts';
import { partFor } from './carrier-contract.ts';

const each = eachTest();
const bound = async () => each.taken.use(await SmppCarrier.bound());

test("the SMSC's enquire_link is answered", async () => {
  const { smsc } = await bound();
  smsc.session.connection.out.write('enquire_link', 0, 77);
  await smsc.until(() => smsc.heardOf('enquire_link_resp').length === 1);
  assert.equal(smsc.heardOf('enquire_link_resp')[0]?.sequence, 77);
});

test('a link asks an SMSC that says nothing whether it is there, and stays when it is', async () => {
  const { link, heard, clock, smsc } = await bound();
  clock.advance(ENQUIRE_LINK_SECONDS * 1000);
  await smsc.until(() => smsc.heardOf('enquire_link').length === 1);
  // The answer to the enquiry has been read when what was sent behind it has.
  await smsc.session.deliver({ source: '12025550143', destination: '12345', text: 'x' });
  assert.equal(heard.inbounds.length, 1);
  clock.advance(15_000);
  assert.equal(link.isUp, true);
  assert.equal(smsc.heardOf('enquire_link').length, 1);
});

test('an SMSC that stays silent is given up', async () => {
  const carrier = await bound();
  const { link, clock, smsc } = carrier;
  smsc.session.connection.pause();
  clock.advance((ENQUIRE_LINK_SECONDS - 1) * 1000);
  link.submit(partFor(0));
  clock.advance(3000);
  assert.equal(link.isUp, true);
  clock.advance(4000);
  assert.equal(link.status, 'waiting: the SMSC is silent');
  assert.deepEqual(carrier.kinds, ['lost']);
});

test('an SMSC that never answers the bind is given up', async () => {
  const { link, clock, smsc } = each.taken.use(await SmppCarrier.make());
  smsc.script = { bind: () => null };
  link.start();
  await smsc.until(() => smsc.heardOf('bind_transceiver').length === 1);
  assert.equal(link.status, 'binding: no answer to bind_transceiver yet');
  clock.advance((BIND_SECONDS + 1) * 1000);
  assert.equal(link.status, 'waiting: the bind is not answered');
});

test('an SMSC that says everything but the answer to the bind is given up', async () => {
  const { link, clock, smsc } = each.taken.use(await SmppCarrier.make());
  smsc.script = { bind: () => null };
  link.start();
  await smsc.until(() => smsc.heardOf('bind_transceiver').length === 1);
  for (let enquiries = 1; enquiries <= 5; enquiries++) {
    clock.advance((BIND_SECONDS / 5) * 1000);
    smsc.session.connection.out.write('enquire_link', 0, enquiries);
    await smsc.until(() => smsc.heardOf('enquire_link_resp').length === enquiries);
  }
  clock.advance(1000);
  assert.equal(link.status, 'waiting: the bind is not answered');
});

test('a bind that takes its time is not hurried by an enquire_link', async () => {
  const { link, heard, clock, smsc } = each.taken.use(await SmppCarrier.make());
  smsc.script = { bind: () => null };
  link.start();
  await smsc.until(() => smsc.heardOf('bind_transceiver').length === 1);
  clock.advance(BIND_SECONDS * 1000);
  smsc.session.connection.out.write('bind_transceiver_resp', 0, smsc.heard[0]!.sequence, { system_id: 'slow' });
  await heard.until(() => link.isUp);
  assert.equal(smsc.heardOf('enquire_link').length, 0);
});

test('when the SMSC unbinds it is answered, nothing more is handed over, and the link comes back', async () => {
  const carrier = await bound();
  const { link, heard, clock, smsc } = carrier;
  smsc.script = {
    submit(_submit, { connection }) {
      connection.out.write('unbind', 0, 5);
    },
  };
  // Between its unbind and the end of the connection the link reads a message, and is asked for room.
  link.submit(partFor(0));
  await heard.until(() => !link.isUp);
  assert.equal(link.room, 0);
  clock.advance(3000);
  await smsc.until(() => smsc.heardOf('unbind_resp').length === 1);
  await heard.until(() => link.status.startsWith('waiting'));
  assert.deepEqual(carrier.kinds, ['lost']);
  clock.advance(500);
  await heard.until(() => link.isUp);
  assert.equal(link.room, WINDOW);
});

test('an SMSC that unbinds still answers what it was asked before, and is answered then', async () => {
  const carrier = await bound();
  const { link, heard, clock, smsc } = carrier;
  const asked: Submit[] = [];
  smsc.script = {
    submit(submit, { connection }) {
      if (asked.push(submit) === 2) connection.out.write('unbind', 0, 5);
    },
  };
  link.submit(partFor(0));
  link.submit(partFor(0));
  await heard.until(() => !link.isUp);
  assert.deepEqual([link.room, link.status], [0, 'bound: the connection is ending']);
  smsc.session.answer(asked[0]!, 'first');
  await heard.until(() => heard.reported.length === 1);
  assert.equal(smsc.heardOf('unbind_resp').length, 0);
  smsc.session.answer(asked[1]!, 'second');
  await smsc.until(() => smsc.heardOf('unbind_resp').length === 1);
  assert.deepEqual(carrier.kinds, ['sent', 'sent']);
  await heard.until(() => link.status.startsWith('waiting'));
  clock.advance(500);
  await heard.until(() => link.isUp);
});

test('an SMSC that unbinds while the link stops still gives the answers that are due', async () => {
  const carrier = await bound();
  const { link, heard, smsc } = carrier;
  const { promise, resolve } = Promise.withResolvers<Submit>();
  smsc.script = { submit: resolve };
  link.submit(partFor(0));
  const submit = await promise;
  const { changes } = heard;
  const stopped = link.stop();
  smsc.session.connection.out.write('unbind', 0, 5);
  await heard.until(() => heard.changes > changes);
  smsc.session.answer(submit, 'late');
  await stopped;
  assert.deepEqual([carrier.kinds, link.status], [['sent'], 'stopped']);
});

test('an SMSC that breaks the protocol is left, and the link comes back', async () => {
  const { link, heard, clock, smsc, port } = each.taken.use(await SmppCarrier.make());
  await smsc[Symbol.asyncDispose]();
  const web = net.createServer((socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await once(web.listen(port, '127.0.0.1'), 'listening');
  link.start();
  await heard.until(() => heard.changes === 1);
  assert.match(link.status, /^waiting: /);
  web.close();
  await once(web, 'close');
  await smsc.listen(port);
  clock.advance(500);
  await heard.until(() => link.isUp);
});

test('a stop unbinds when all is answered', async () => {
  const { link, heard, smsc } = await bound();
  link.submit(partFor(0));
  await link.stop();
  assert.equal(heard.reported[0]?.result.kind, 'sent');
  await smsc.until(() => smsc.heardOf('unbind').length === 1);
  await smsc.until(() => !smsc.session.connection.isOpen);
  assert.deepEqual([link.status, link.room, link.isUp], ['stopped', 0, false]);
});

test('a link that is stopped stays so', async () => {
  const { link, clock, smsc } = await bound();
  await link.stop();
  await smsc.until(() => !smsc.session.connection.isOpen);
  clock.advance(3_600_000);
  assert.equal(link.status, 'stopped');
  assert.equal(smsc.connectionCount, 1);
});

test('a drop while a link stops reports the rest as lost and ends the stop', async () => {
  const carrier = await bound();
  const { link, smsc } = carrier;
  smsc.script = { submit: () => smsc.drop() };
  link.submit(partFor(0));
  await link.stop();
  assert.deepEqual(carrier.kinds, ['lost']);
  assert.equal(link.status, 'stopped');
});

test('a stop while the link connects, binds or waits leaves nothing behind', async () => {
  const connecting = each.taken.use(await SmppCarrier.make());
  connecting.link.start();
  await connecting.link.stop();
  assert.deepEqual([connecting.link.status, connecting.clock.pending], ['stopped', 0]);

  const waiting = each.taken.use(await SmppCarrier.make());
  waiting.smsc.script = { bind: () => 0x0e };
  waiting.link.start();
  await waiting.heard.until(() => waiting.heard.changes === 1);
  await waiting.link.stop();
  assert.deepEqual([waiting.link.status, waiting.clock.pending], ['stopped', 0]);

  const binding = each.taken.use(await SmppCarrier.make());
  binding.smsc.script = { bind: () => null };
  binding.link.start();
  await binding.smsc.until(() => binding.smsc.heardOf('bind_transceiver').length === 1);
  await binding.link.stop();
  await binding.smsc.until(() => !binding.smsc.session.connection.isOpen);
  binding.clock.advance(3_600_000);
  assert.deepEqual([binding.link.status, binding.smsc.connectionCount], ['stopped', 1]);
});

test('a connection that cannot be had in time is given up', async () => {
  const identity = testCertificate('127.0.0.1');
  const carrier = each.taken.use(
    await SmppCarrier.make({ identity, tls: () => clientTls({ servername: '127.0.0.1', ca: identity.cert }) }),
  );
  await carrier.smsc[Symbol.asyncDispose]();
  const mute = net.createServer((socket) => each.taken.defer(() => void socket.destroy()));
  await once(mute.listen(carrier.port, '127.0.0.1'), 'listening');
  each.taken.defer(() => void mute.close());
  carrier.link.start();
  await once(mute, 'connection');
  carrier.clock.advance(10_000);
  assert.equal(carrier.link.status, 'waiting: it does not answer');
});

test('over TLS a message goes out and its answer comes back', async () => {
  const identity = testCertificate('127.0.0.1');
  const tls = () => clientTls({ servername: '127.0.0.1', ca: identity.cert });
  const carrier = each.taken.use(await SmppCarrier.bound({ identity, tls }));
  carrier.link.submit(partFor(0));
  await carrier.heard.until(() => carrier.heard.reported.length === 1);
  assert.deepEqual(carrier.kinds, ['sent']);
});

for (const [what, names, isTrusted, status] of [
  ['for another name', ['smsc.example'], true, 'waiting: its certificate is for another name'],
  ['of an unknown authority', ['127.0.0.1'], false, 'waiting: its certificate is self-signed and not trusted here'],
] as const) {
  test(`a certificate ${what} is refused, and no password is sent`, async () => {
    const identity = testCertificate(...names);
    const ca = (isTrusted ? identity : testCertificate('127.0.0.1')).cert;
    const carrier = each.taken.use(
      await SmppCarrier.make({ identity, tls: () => clientTls({ servername: '127.0.0.1', ca }) }),
    );
    carrier.link.start();
    await carrier.heard.until(() => carrier.heard.changes === 1);
    assert.equal(carrier.link.status, status);
    assert.deepEqual(carrier.smsc.heard, []);
  });
}
