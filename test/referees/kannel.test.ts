import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { GatewayProcess } from '../support/gateway-process.ts';
import { Kannel } from '../support/kannel.ts';
import { npmSmsc } from '../support/npm-smpp.ts';
import type { PeerProcess } from '../support/peer-process.ts';
import { TsharkRecorder } from '../support/tshark-recorder.ts';
import { assertTsharkReads } from '../support/tshark-verdict.ts';
import { addCarrier, addCredential, joined, LONG_GSM_TEXT, LONG_UCS2_TEXT, SHORT_CODE, whereIs } from './stage.ts';

/** Kannel as the application, asked over HTTP; the npm package `smpp` as the carrier. */
const DEADLINE_MS = 20_000;
// dlr-mask of Kannel's user guide: delivered 1, failed 2, buffered 4, taken by the SMSC 8, refused by it 16.
const EVERY_REPORT = '31';
const DELIVERED = '1';
const FAILED = '2';
const TAKEN = '8';

/** Where Kannel's delivery reports go. */
class Reports implements AsyncDisposable {
  readonly #server = http.createServer((request, response) => {
    this.#heard.push(new URL(request.url!, 'http://localhost').searchParams);
    response.end();
    this.#news.emit('news');
  });
  readonly #heard: URLSearchParams[] = [];
  readonly #news = new EventEmitter();

  async listen(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
  }

  /** What Kannel is to call: `%d` is the kind of the report, `%F` the id the gateway gave. */
  url(message: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/?message=${message}&kind=%d&to=%p&id=%F`;
  }

  /** Waits for so many reports of one message. */
  async of(message: string, count: number): Promise<URLSearchParams[]> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const heard = this.#heard.filter((report) => report.get('message') === message);
      if (heard.length >= count) return heard;
      await once(this.#news, 'news', { signal });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }
}

const stack = new AsyncDisposableStack();
let gateway: GatewayProcess;
let smsc: PeerProcess;
let kannel: Kannel;
let reports: Reports;
let inFront: TsharkRecorder;
let behind: TsharkRecorder;
let key = '';

before(async () => {
  smsc = stack.use(npmSmsc());
  behind = stack.use(await TsharkRecorder.before(Number((await smsc.event('listening')).port)));
  gateway = stack.use(await GatewayProcess.start());
  inFront = stack.use(await TsharkRecorder.before(gateway.smppPlainPort));
  await addCarrier(gateway, behind.port);
  const { systemId, secret } = await addCredential(gateway, 'smpp');
  key = (await addCredential(gateway, 'api_key')).secret;
  reports = stack.use(new Reports());
  await reports.listen();
  kannel = stack.use(await Kannel.bound({ port: inFront.port, systemId, password: secret }));
});
after(() => stack.disposeAsync());

/** Has Kannel send a text, and gives the parts that arrived at the carrier. */
async function send(name: string, to: string, text: string, parts: number, more: Record<string, string> = {}) {
  const first = smsc.eventsSoFar('submit_sm').length;
  const report = { 'dlr-mask': EVERY_REPORT, 'dlr-url': reports.url(name) };
  const { status, said } = await kannel.sendsms({ from: SHORT_CODE, to, text, ...report, ...more });
  assert.deepEqual({ status, said }, { status: 202, said: '0: Accepted for delivery' });
  return (await smsc.events('submit_sm', first + parts)).slice(first);
}

/** Kannel is told by the gateway that the message was taken, then what became of it, under the same id. */
async function reportsEnd(name: string, to: string, end: string, state: string): Promise<void> {
  const heard = await reports.of(name, 2);
  assert.deepEqual(
    heard.map((report) => [report.get('kind'), report.get('to')]),
    [
      [TAKEN, to],
      [end, to],
    ],
  );
  const ids = new Set(heard.map((report) => report.get('id')!));
  assert.equal(ids.size, 1);
  for (const id of ids) assert.equal((await whereIs(gateway, key, id)).state, state);
}

test('a message of Kannel arrives at the carrier, and Kannel reports its delivery', async () => {
  const [heard] = await send('short', '+12025550143', 'From Kannel: {5 €}', 1);
  const { from, to, toTon, toNpi, dataCoding, text } = heard!;
  assert.deepEqual([from, to, toTon, toNpi, dataCoding], [SHORT_CODE, '12025550143', 1, 1, 0]);
  assert.equal(text, 'From Kannel: {5 €}');
  await reportsEnd('short', '+12025550143', DELIVERED, 'delivered');
});

test('Kannel reports that a handset was not reached', async () => {
  await send('lost', '+12025550149', 'nobody there', 1);
  await reportsEnd('lost', '+12025550149', FAILED, 'undelivered');
});

/** Concatenation (0) and its length, as the SMSC shows a header. */
const HEADER = '0003';

test('a long message that Kannel has cut arrives in its parts', async () => {
  const parts = await send('long', '+447700900123', LONG_GSM_TEXT, 2);
  assert.equal(joined(parts, HEADER), LONG_GSM_TEXT);
  for (const { dataCoding, esmClass } of parts) assert.deepEqual([dataCoding, esmClass], [0, 0x40]);
  const kinds = (await reports.of('long', 2)).map((report) => report.get('kind'));
  assert.deepEqual(kinds, [TAKEN, DELIVERED]);
});

test('a long message in UCS-2 does, too', async () => {
  const parts = await send('long-ucs2', '+447700900124', LONG_UCS2_TEXT, 2, { coding: '2', charset: 'UTF-8' });
  assert.equal(joined(parts, HEADER), LONG_UCS2_TEXT);
  for (const { dataCoding, esmClass } of parts) assert.deepEqual([dataCoding, esmClass], [8, 0x40]);
  const kinds = (await reports.of('long-ucs2', 2)).map((report) => report.get('kind'));
  assert.deepEqual(kinds, [TAKEN, DELIVERED]);
});

test('tshark reads every PDU, in front of the gateway and behind it', async (t) => {
  await kannel[Symbol.asyncDispose]();
  assert.equal(await gateway.stop(), 0);
  await smsc.event('unbind');
  assert.deepEqual(smsc.eventsSoFar('error'), []);
  const seen = assertTsharkReads(inFront, behind);
  t.diagnostic([...seen].join(', '));
  for (const name of ['bind_transceiver', 'submit_sm', 'deliver_sm', 'unbind']) {
    assert.ok(seen.has(name), name);
    assert.ok(seen.has(`${name}_resp`), `the answer to ${name}`);
  }
});
