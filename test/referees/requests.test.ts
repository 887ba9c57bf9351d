import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { npmClient } from '../support/npm-smpp.ts';
import { type PeerEvent, PeerProcess } from '../support/peer-process.ts';
import { TsharkRecorder } from '../support/tshark-recorder.ts';
import { assertTsharkReads } from '../support/tshark-verdict.ts';

/** What applications ask about their messages, by the npm package `smpp` and by Perl's Net::SMPP. */
const SENDER = '10666';
const HANDSET = '12025550143';
const IN_AN_HOUR = '000000010000000R';
const SCHEDULED = 0;
const ENROUTE = 1;
const REPLACE_FAILED = 0x13;
const LIST_UNKNOWN = 0x34;

const stack = new AsyncDisposableStack();
let gateway: GatewayProcess;
let between: TsharkRecorder;
before(async () => {
  gateway = stack.use(await GatewayProcess.start());
  between = stack.use(await TsharkRecorder.before(gateway.smppPlainPort));
});
after(() => stack.disposeAsync());

interface Referee {
  readonly name: string;
  readonly start: () => PeerProcess;
  /** The fields by which it names the destinations of a submit_multi, and what it reads of those refused. */
  readonly destinations: (handset: string, list: string) => object;
  readonly refused: (answer: PeerEvent) => unknown;
  readonly idOf: (answer: PeerEvent) => string;
  /** What a query says of a message that waits for its time: SCHEDULED is a state of SMPP 5.0 §4.7.15 only. */
  readonly waiting: number;
}

const referees: readonly Referee[] = [
  {
    name: 'the npm package smpp',
    start: npmClient,
    destinations: (handset, list) => ({
      dest_address: [{ dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: handset }, { dl_name: list }],
    }),
    refused: ({ unsuccess_sme: refused }) =>
      (refused as { destination_addr: string; error_status_code: number }[]).map((one) => [
        one.destination_addr,
        one.error_status_code,
      ]),
    idOf: ({ messageId }) => String(messageId),
    waiting: SCHEDULED,
  },
  {
    name: 'Net::SMPP',
    start: () => new PeerProcess('perl', [join(import.meta.dirname, 'net-smpp-requests.pl')]),
    destinations: (handset, list) => ({
      destination_addr: [handset, list],
      dest_flag: [1, 2],
      dest_addr_ton: [1, 0],
      dest_addr_npi: [1, 0],
    }),
    refused: ({ destination_addr: to, error_status_code: status }) =>
      (to as string[]).map((address, at) => [address, (status as number[])[at]]),
    idOf: ({ message_id: id }) => String(id),
    waiting: ENROUTE,
  },
];

for (const { name, start, destinations, refused, idOf, waiting } of referees) {
  test(`${name} submits, asks, replaces, cancels, sends to many and sends data`, async () => {
    await using peer = start();
    const login = await smppLogin(gateway);
    peer.tell({ port: between.port, ca: null, systemId: login.systemId, password: login.password });
    assert.equal((await peer.event('bind_resp')).status, 0);
    const asks = async (command: string, fields: object, status = 0): Promise<PeerEvent> => {
      const heard = peer.eventsSoFar(`${command}_resp`).length;
      peer.tell({ command, fields: { source_addr: SENDER, ...fields } });
      const answer = (await peer.events(`${command}_resp`, heard + 1))[heard]!;
      assert.equal(answer.status, status, `${command}: ${JSON.stringify(answer)}`);
      return answer;
    };
    const to = { destination_addr: HANDSET, dest_addr_ton: 1, dest_addr_npi: 1 };
    const text = { short_message: 'as it was', data_coding: 0 };
    const id = idOf(await asks('submit_sm', { ...to, ...text, schedule_delivery_time: IN_AN_HOUR }));
    assert.equal((await asks('query_sm', { message_id: id })).message_state, waiting);
    await asks('replace_sm', { message_id: id, short_message: 'as it is' });
    await asks('cancel_sm', { message_id: id, ...to });
    const gone = await asks('query_sm', { message_id: id });
    assert.equal(gone.message_state, 4);
    assert.ok(gone.final_date);
    await asks('replace_sm', { message_id: id, short_message: 'too late' }, REPLACE_FAILED);
    const many = await asks('submit_multi', { ...destinations(HANDSET, 'friends'), ...text });
    assert.deepEqual(refused(many), [['friends', LIST_UNKNOWN]]);
    await until(gateway, 'sandbox', idOf(many), 'delivered');
    assert.equal((await asks('query_sm', { message_id: idOf(many) })).message_state, 2);
    const data = idOf(await asks('data_sm', { ...to, data_coding: 0, message_payload: 'all of it' }));
    await until(gateway, 'sandbox', data, 'delivered');
  });
}

test('tshark reads every PDU of both', async () => {
  assert.equal(await gateway.stop(), 0);
  const seen = assertTsharkReads(between);
  for (const name of ['query_sm', 'replace_sm', 'cancel_sm', 'submit_multi', 'data_sm']) {
    assert.ok(seen.has(name), name);
    assert.ok(seen.has(`${name}_resp`), `the answer to ${name}`);
  }
});
