import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { Esme } from '../support/esme.ts';
import { logged, smppLogin } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const HEADER_BYTES = 16;
const SUBMIT_SM = 0x04;
const MIB = 1024 * 1024;

let gateway: GatewayProcess;
/** An application that everything else here must not disturb. */
let bystander: Esme;
before(async () => {
  gateway = await GatewayProcess.start();
  bystander = await Esme.bound(gateway, await smppLogin(gateway));
});
after(async () => {
  bystander[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const bound = async () => Esme.bound(gateway, await smppLogin(gateway));

/** A header with this length and command, sequence_number 7, and what follows it. */
function pdu(command: number, body: Buffer | string = '', length = HEADER_BYTES + body.length): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + body.length);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(command, 4);
  bytes.writeUInt32BE(7, 12);
  bytes.set(Buffer.from(body), HEADER_BYTES);
  return bytes;
}

const lengths = [
  { name: 'of less than a header', length: 15 },
  { name: 'of nothing', length: 0 },
  { name: 'of 4 GiB', length: 0xffff_ffff },
  { name: 'one beyond the longest', length: 70_001 },
];
for (const { name, length } of lengths) {
  test(`a command_length ${name} is answered with generic_nack, and ends the connection`, async () => {
    using esme = await bound();
    esme.sendsBytes(pdu(SUBMIT_SM, '', length));
    await esme.hears('generic_nack', { status: 0x02, sequence: 7 });
    await esme.ended();
    await logged(gateway, 'smpp_bad_length', {});
    await bystander.submitted();
  });
}

test('a command that is unknown is answered with generic_nack, and the session goes on', async () => {
  using esme = await bound();
  esme.sendsBytes(pdu(0x0000_0abc, 'whatever'));
  await esme.hears('generic_nack', { status: 0x03, sequence: 7 });
  await esme.submitted();
  await logged(gateway, 'smpp_command_unknown', { command: '0xabc' });
});

test('who is not bound cannot fill the log', async () => {
  using esme = await Esme.plain(gateway);
  for (let n = 0; n < 250; n++) esme.sendsBytes(pdu(n % 2 === 0 ? 0x0000_0abc : 0x8000_0005));
  const last = esme.sends('enquire_link');
  await esme.hears('enquire_link_resp', { status: 0, sequence: last });
  const { session } = await logged(gateway, 'smpp_command_refused', { state: 'open' });
  assert.equal(gateway.log.filter((line) => line.session === session).length, 20);
});

const text = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : Buffer.from(part))));
const upToLength = text('', [0, 0], '10666', [1, 1], '12025550143', [0, 0, 0], '', '', [1, 0, 0, 0]);
const broken = [
  { name: 'that ends within a field', body: text('', [0, 0], '10666', [1]), status: 0x0b },
  {
    name: 'without the NUL of its source',
    body: text('', [0, 0], [...Buffer.from('1066610666106661066610666')]),
    status: 0x0a,
  },
  { name: 'with a text longer than itself', body: text([...upToLength], [200, 0x41]), status: 0x01 },
  {
    name: 'with a TLV beyond its end',
    body: text([...upToLength], [1, 0x41], [0x02, 0x04, 0x00, 0x09, 1]),
    status: 0xc0,
  },
  { name: 'with half a TLV header', body: text([...upToLength], [1, 0x41], [0x02, 0x04, 0x00]), status: 0xc0 },
  { name: 'without a body', body: Buffer.alloc(0), status: 0x15 },
];
for (const { name, body, status } of broken) {
  test(`a submit_sm ${name} is refused in its own kind, and the session goes on`, async () => {
    using esme = await bound();
    esme.sendsBytes(pdu(SUBMIT_SM, body));
    await esme.hears('submit_sm_resp', { status, sequence: 7 });
    await esme.submitted();
  });
}

test('a bind that cannot be read is refused, and ends the connection', async () => {
  using esme = await Esme.plain(gateway);
  esme.sendsBytes(pdu(0x09, 'a system_id without an end'));
  await esme.hears('bind_transceiver_resp', { status: 0x0f, sequence: 7 });
  await esme.ended();
  await logged(gateway, 'smpp_bind_refused', { reason: 'unreadable' });
});

test('a PDU that comes octet by octet is read', async () => {
  using esme = await bound();
  for (const octet of pdu(0x15)) esme.sendsBytes(Buffer.from([octet]));
  await esme.hears('enquire_link_resp', { status: 0, sequence: 7 });
});

/** Sends bytes to a port and gives what comes back until the gateway ends the connection. */
async function answerTo(port: number, bytes: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  // Who is cut off with something unread is told by a reset.
  socket.on('error', () => {});
  socket.write(bytes);
  await new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return answer;
}

const HTTP = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

test('HTTP on the SMPP port gets no answer in SMPP, and a line in the log', async () => {
  assert.equal(await answerTo(gateway.smppPlainPort, HTTP), '');
  await logged(gateway, 'smpp_other_protocol', { reason: 'http' });
});

test('SSH on the SMPP port likewise', async () => {
  assert.equal(await answerTo(gateway.smppPlainPort, 'SSH-2.0-OpenSSH_9.9\r\n'), '');
  await logged(gateway, 'smpp_other_protocol', { reason: 'ssh' });
});

test('TLS on the port without TLS likewise', async () => {
  const socket = tls.connect({ host: '127.0.0.1', port: gateway.smppPlainPort, ca: gateway.authority });
  await assert.rejects(once(socket, 'secureConnect'));
  await logged(gateway, 'smpp_other_protocol', { reason: 'tls' });
});

test('SMPP without TLS on the TLS port is refused by TLS', async () => {
  await answerTo(gateway.smppTlsPort, pdu(0x15).toString('latin1'));
  await logged(gateway, 'smpp_not_tls', {});
  await bystander.submitted();
});

test('HTTPS on the TLS port is a session that is no SMPP', async () => {
  const request = https.get({ host: '127.0.0.1', port: gateway.smppTlsPort, ca: gateway.authority, agent: false });
  await assert.rejects(once(request, 'response'));
  await bystander.submitted();
});

const residentBytes = () =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8'))![1]);

test('a client that sends and never reads is cut off, and memory stays bounded', async () => {
  using esme = await bound();
  esme.socket.pause();
  const bytesBefore = residentBytes();
  // For a time that is none: each is refused at the door.
  const refused = text('', [0, 0], '10666', [1, 1], '12025550143', [0, 0, 0], 'never', '', [1, 0, 0, 0], [1, 0x41]);
  const questions = Buffer.concat(Array.from({ length: 1024 }, () => pdu(SUBMIT_SM, refused)));
  const flood = () => {
    while (!esme.socket.destroyed && esme.socket.write(questions));
  };
  esme.socket.on('drain', flood);
  flood();
  await esme.ended();
  await logged(gateway, 'smpp_unread', {});
  assert.ok(residentBytes() - bytesBefore < 128 * MIB, 'what one client leaves unread stays below 4 MiB');
  await bystander.submitted();
});
