import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Esme, type Heard, receiptWords, SENDER, type SmppLogin } from '../support/esme.ts';
import { apiKey, smppLogin, until } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';

const RECEIPT = 0x04;
const ALWAYS = { registered_delivery: 1 };

let gateway: GatewayProcess;
before(async () => {
  gateway = await GatewayProcess.start();
});
after(() => gateway[Symbol.asyncDispose]());

const bound = async () => Esme.bound(gateway, await smppLogin(gateway));

/** Holds a receipt to the message it must be about. */
function isReceiptOf(receipt: Heard<'deliver_sm'>, id: string, handset: string, stat: string, messageState: number) {
  const { fields, tlvs } = receipt;
  assert.deepEqual(
    [fields.esm_class, fields.source_addr, fields.destination_addr, fields.data_coding],
    [RECEIPT, handset, SENDER, 0],
  );
  assert.deepEqual([tlvs.receipted_message_id, tlvs.message_state], [id, messageState]);
  const words = receiptWords(receipt);
  assert.deepEqual([words.id, words.sub, words.stat], [id, '001', stat]);
  assert.equal(words.dlvrd, stat === 'DELIVRD' ? '001' : '000');
}

const fates = [
  { number: '12025550143', stat: 'DELIVRD', state: 2, fate: 'delivered' },
  { number: '12025550190', stat: 'UNDELIV', state: 5, fate: 'not delivered' },
  { number: '12025550191', stat: 'EXPIRED', state: 3, fate: 'expired at the carrier' },
  { number: '12025550193', stat: 'DELIVRD', state: 2, fate: 'throttled twice, then delivered' },
  { number: '12025550194', stat: 'REJECTD', state: 8, fate: 'refused by the carrier' },
  { number: '12025550198', stat: 'DELIVRD', state: 2, fate: 'delivered, with a receipt before the answer' },
];
for (const { number, stat, state, fate } of fates) {
  test(`a message is ${fate}, and its application is told`, async () => {
    using esme = await bound();
    const id = await esme.submitted({ destination_addr: number, ...ALWAYS });
    const receipt = await esme.receives();
    isReceiptOf(receipt, id, number, stat, state);
    assert.equal(receiptWords(receipt).err, number.endsWith('94') ? '011' : '000');
  });
}

test('a receipt that the carrier gives twice is told once', async () => {
  using esme = await bound();
  const id = await esme.submitted({ destination_addr: '12025550199', ...ALWAYS });
  assert.equal((await esme.receives()).tlvs.receipted_message_id, id);
  const next = await esme.submitted(ALWAYS);
  assert.equal((await esme.receives()).tlvs.receipted_message_id, next);
});

test('a one-time code whose answer is lost is in doubt and not sent again, until a receipt tells', async () => {
  const login = await smppLogin(gateway, { capability: { classes: ['otp'] } });
  using esme = await Esme.bound(gateway, login);
  const late = await esme.submitted({ destination_addr: '12025550192', ...ALWAYS });
  const never = await esme.submitted({ destination_addr: '12025550196', ...ALWAYS });
  const lost = await esme.submitted({ destination_addr: '12025550197', ...ALWAYS });
  const told = [await esme.receives(), await esme.receives()].map(({ tlvs }) => tlvs.receipted_message_id);
  assert.deepEqual(new Set(told), new Set([late, lost]));
  await until(gateway, 'sandbox', never, 'in_doubt');
  const { body } = await gateway.control('GET', `/v1/accounts/sandbox/messages/${lost}`);
  const { timeline } = body as { timeline: { state: string }[] };
  assert.deepEqual(
    timeline.map(({ state }) => state),
    ['accepted', 'in_doubt', 'delivered'],
  );
});

test('who asks for no receipt gets none', async () => {
  using esme = await bound();
  const quiet = await esme.submitted({ registered_delivery: 0 });
  await until(gateway, 'sandbox', quiet, 'delivered');
  const loud = await esme.submitted(ALWAYS);
  assert.equal((await esme.receives()).tlvs.receipted_message_id, loud);
});

test('a message that is cancelled over HTTP ends with a receipt that says so', async () => {
  using esme = await bound();
  const { key } = await apiKey(gateway);
  const id = await esme.submitted({ ...ALWAYS, schedule_delivery_time: '000000010000000R' });
  assert.equal((await gateway.ask('POST', `/v1/messages/${id}/cancel`, undefined, { key })).status, 200);
  isReceiptOf(await esme.receives(), id, '12025550143', 'DELETED', 4);
});

test('a receipt owed to an application that is not bound is delivered when it binds', async () => {
  const login = await smppLogin(gateway);
  const transmitter = await Esme.bound(gateway, login, 'bind_transmitter');
  const id = await transmitter.submitted(ALWAYS);
  await until(gateway, 'sandbox', id, 'delivered');
  await transmitter.unbinds();
  using receiver = await Esme.bound(gateway, login, 'bind_receiver');
  isReceiptOf(await receiver.receives(), id, '12025550143', 'DELIVRD', 2);
});

/** Binds, and leaves without an answer to the first receipt that comes. */
async function leavesUnanswered(login: SmppLogin, id: string): Promise<void> {
  using esme = await Esme.bound(gateway, login);
  assert.equal((await esme.hears('deliver_sm')).tlvs.receipted_message_id, id);
}

test('a receipt that was not answered is delivered again, at each bind until it is', async () => {
  const login = await smppLogin(gateway);
  using transmitter = await Esme.bound(gateway, login, 'bind_transmitter');
  const id = await transmitter.submitted(ALWAYS);
  await leavesUnanswered(login, id);
  await leavesUnanswered(login, id);
  using esme = await Esme.bound(gateway, login);
  isReceiptOf(await esme.receives(), id, '12025550143', 'DELIVRD', 2);
});

test('receipts go to the sessions of their own credential only', async () => {
  using sender = await bound();
  using other = await bound();
  const id = await sender.submitted(ALWAYS);
  assert.equal((await sender.receives()).tlvs.receipted_message_id, id);
  const own = await other.submitted(ALWAYS);
  assert.equal((await other.receives()).tlvs.receipted_message_id, own);
});

test('what a person writes back comes as a deliver_sm, long text as a whole', async () => {
  const login = await smppLogin(gateway, { account: await account('listener'), capability: { senders: ['10777'] } });
  using esme = await Esme.bound(gateway, login);
  const write = (text: string) =>
    gateway.control('POST', '/v1/handset/messages', { from: '+12025550150', to: '10777', text });
  const [, short] = await Promise.all([write('Où est ma commande ?'), esme.receives()]);
  assert.deepEqual([short.fields.source_addr, short.fields.destination_addr], ['12025550150', '10777']);
  assert.deepEqual([short.fields.esm_class, short.fields.data_coding], [0, 0]);
  assert.equal(
    short.fields.short_message.toString('hex'),
    '4f06206573742 06d6120636f6d6d616e6465203f'.replace(' ', ''),
  );
  const [{ status }, long] = await Promise.all([write('x'.repeat(200)), esme.receives()]);
  assert.equal(status, 204);
  assert.deepEqual([long.fields.esm_class, long.fields.short_message.toString()], [0, 'x'.repeat(200)]);
});

async function account(name: string): Promise<string> {
  assert.equal((await gateway.control('POST', '/v1/accounts', { name })).status, 201);
  return name;
}
