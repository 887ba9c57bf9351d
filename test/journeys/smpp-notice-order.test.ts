import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { statuses } from '../../src/wire/smpp/statuses.ts';
import { Esme, type Heard } from '../support/esme.ts';
import { logged, smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const ANNA = '12025550143';
const BEN = '12025550144';
const ALWAYS = { registered_delivery: 1 };
const { ESME_RX_T_APPN, ESME_RX_P_APPN } = statuses;

let gateway: GatewayProcess;
before(async () => {
  gateway = await GatewayProcess.start();
});
after(() => gateway[Symbol.asyncDispose]());

const idOf = ({ tlvs }: Heard<'deliver_sm'>) => tlvs.receipted_message_id;

/** Submits messages to a handset, one after the other has been delivered: that is the order of their receipts. */
async function delivered(esme: Esme, count: number, to = ANNA): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const id = await esme.submitted({ ...ALWAYS, destination_addr: to });
    await until(gateway, 'sandbox', id, 'delivered');
    ids.push(id);
  }
  return ids;
}

const answers = (esme: Esme, receipt: Heard<'deliver_sm'>, status = 0) =>
  esme.sends('deliver_sm_resp', {}, { sequence: receipt.sequence, status });

test('of one person one notice is unanswered at a time, and those of others do not wait', async () => {
  using esme = await Esme.bound(gateway, await smppLogin(gateway));
  const anna = await delivered(esme, 3);
  const [ben] = await delivered(esme, 1, BEN);
  const first = await esme.hears('deliver_sm');
  const other = await esme.hears('deliver_sm');
  assert.deepEqual([idOf(first), idOf(other)], [anna[0], ben]);
  answers(esme, other);
  assert.equal(esme.unheard.length, 0);
  answers(esme, first);
  assert.deepEqual([idOf(await esme.receives()), idOf(await esme.receives())], anna.slice(1));
});

test('also over two sessions, of which one ends without an answer', async () => {
  const login = await smppLogin(gateway);
  using sender = await Esme.bound(gateway, login, 'bind_transmitter');
  const esmes = [await Esme.bound(gateway, login, 'bind_receiver'), await Esme.bound(gateway, login, 'bind_receiver')];
  const ids = await delivered(sender, 3);
  const heard = esmes.map(async (esme) => ({ esme, receipt: await esme.hears('deliver_sm') }));
  const first = await Promise.race(heard);
  assert.equal(idOf(first.receipt), ids[0]);
  const at = 1 - esmes.indexOf(first.esme);
  using other = esmes[at]!;
  assert.equal(other.unheard.length, 0);
  first.esme[Symbol.dispose]();
  const again = (await heard[at]!).receipt;
  answers(other, again);
  assert.deepEqual([idOf(again), idOf(await other.receives()), idOf(await other.receives())], ids);
});

test('also what is refused for now: it comes again before those behind it', async () => {
  using esme = await Esme.bound(gateway, await smppLogin(gateway));
  const ids = await delivered(esme, 2);
  answers(esme, await esme.hears('deliver_sm'), ESME_RX_T_APPN.value);
  const again = [await esme.receives(), await esme.receives()];
  assert.deepEqual(again.map(idOf), ids);
});

test('what is refused for good does not come again, and is in the log', async () => {
  const login = await smppLogin(gateway);
  using esme = await Esme.bound(gateway, login);
  const ids = await delivered(esme, 2);
  const first = await esme.hears('deliver_sm');
  assert.equal(idOf(first), ids[0]);
  answers(esme, first, ESME_RX_P_APPN.value);
  assert.equal(idOf(await esme.receives()), ids[1]);
  await logged(gateway, 'notice_given_up', { credential: login.id, message: ids[0], reason: 'rejected' });
  await esme.unbinds();
  using again = await Esme.bound(gateway, login);
  const [third] = await delivered(again, 1);
  assert.equal(idOf(await again.receives()), third);
});

test('a message from a person comes behind the receipt that was before it', async () => {
  const login = await smppLogin(gateway, { capability: { senders: ['10778'] } });
  using esme = await Esme.bound(gateway, login);
  const id = await esme.submitted({ ...ALWAYS, source_addr: '10778', destination_addr: ANNA });
  const receipt = await esme.hears('deliver_sm');
  assert.equal(idOf(receipt), id);
  const write = await gateway.control('POST', '/v1/handset/messages', { from: `+${ANNA}`, to: '10778', text: 'Hello' });
  assert.equal(write.status, 204);
  assert.equal(esme.unheard.length, 0);
  answers(esme, receipt);
  assert.equal((await esme.receives()).fields.short_message.toString(), 'Hello');
});

for (const end of ['stop', 'kill'] as const) {
  test(`the order holds over a ${end}, though a notice may come twice`, async () => {
    const login = await smppLogin(gateway);
    const sender = await Esme.bound(gateway, login, 'bind_transmitter');
    const ids = await delivered(sender, 3);
    const receiver = await Esme.bound(gateway, login, 'bind_receiver');
    assert.equal(idOf(await receiver.hears('deliver_sm')), ids[0]);
    await gateway[end]();
    gateway = await GatewayProcess.start({ dataFolder: gateway.dataFolder });
    using again = await Esme.bound(gateway, login);
    const last = await again.submitted({ ...ALWAYS, destination_addr: ANNA });
    const heard = new Set<unknown>();
    while (!heard.has(last)) heard.add(idOf(await again.receives()));
    assert.deepEqual([...heard], [...ids, last]);
  });
}
