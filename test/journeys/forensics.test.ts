import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type CommandName, commands } from '../../src/wire/smpp/commands.ts';
import { statuses } from '../../src/wire/smpp/statuses.ts';
import { formatSmppTime } from '../../src/wire/smpp/times.ts';
import { command } from '../support/command-line.ts';
import { connectOwner } from '../support/database.ts';
import { Esme, SENDER } from '../support/esme.ts';
import { apiKey, smppLogin } from '../support/gateway-credentials.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { RecordReader } from '../support/recorded.ts';
import { smppNotOnRecord, smppOnRecord } from '../support/smpp-on-record.ts';

const HANDSET = '12025550143';
const WHY = 'Ticket 4711: der Kunde bat darum – “bitte”';

let gateway: GatewayProcess;
let record: RecordReader;
before(async () => {
  gateway = await GatewayProcess.start();
  record = await RecordReader.open(gateway.dataFolder);
});
after(async () => {
  await record[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

const type = (...argv: readonly string[]) => command(argv, { socketPath: join(gateway.dataFolder, 'control.sock') });

interface Timeline {
  readonly entries: readonly {
    readonly index: number | null;
    readonly what: string;
    readonly who: string;
    readonly why: string | null;
    readonly about: Record<string, unknown> | null;
  }[];
  readonly text: { readonly is: string; readonly accepted: string | null; readonly stored: string | null };
}

async function timelineOf(id: string): Promise<Timeline> {
  const { code, out, err } = await type('message', 'timeline', id, '--json');
  assert.equal(code, 0, err);
  return JSON.parse(out) as Timeline;
}

/** Asks again until the log has an entry of that name: it is signed once a second. */
async function recorded(id: string, what: string): Promise<Timeline> {
  for (;;) {
    const found = await timelineOf(id);
    if (found.entries.some((entry) => entry.what === what && entry.index !== null)) return found;
  }
}

const inAnHour = () => formatSmppTime(Date.now() + 3_600_000);

test('the time line shows what an application is owed, that it was told, how often, and who read', async () => {
  const login = await smppLogin(gateway);
  using esme = await Esme.bound(gateway, login);
  const id = await esme.submitted({ destination_addr: HANDSET, registered_delivery: 1 });
  const { sequence } = await esme.hears('deliver_sm');
  esme.sends('deliver_sm_resp', {}, { sequence, status: statuses.ESME_RX_T_APPN.value });
  const owed = async () => (await timelineOf(id)).entries.find(({ what }) => what === 'message.delivered.owed_by_smpp');
  let owes = await owed();
  while (!owes) owes = await owed();
  assert.deepEqual([owes.index, owes.about?.attempts], [null, 1]);
  await esme.receives();
  const { entries, text } = await recorded(id, 'message.delivered.told_by_smpp');
  const told = entries.filter(({ what }) => what === 'message.delivered.told_by_smpp');
  assert.deepEqual(
    told.map(({ about }) => [about?.credential, about?.attempts]),
    [[login.id, 2]],
  );
  assert.equal(entries.filter(({ what }) => what.includes('owed')).length, 0);
  assert.ok(entries.some(({ what, index }) => what === 'message.read' && index !== null));
  assert.equal(text.is, 'as_accepted');
});

test('a stored text that is not the one accepted is named, and so is one that is gone', async () => {
  const { key } = await apiKey(gateway);
  const message = { to: `+${HANDSET}`, from: SENDER, text: 'Your parcel waits' };
  const { status, body } = await gateway.ask('POST', '/v1/messages', message, { key });
  assert.equal(status, 202, JSON.stringify(body));
  const { id } = body as { id: string };
  assert.equal((await recorded(id, 'message.delivered')).text.is, 'as_accepted');
  const owner = await connectOwner(gateway.dataFolder);
  try {
    const flip = 'UPDATE message SET body = set_byte(body, 40, get_byte(body, 40) # 1) WHERE id = $1';
    await owner.query(flip, [id]);
    const { text } = await timelineOf(id);
    assert.equal(text.is, 'changed');
    assert.match(text.accepted!, /^[0-9a-f]{32}$/);
    assert.notEqual(text.accepted, text.stored);
    assert.match((await type('message', 'timeline', id)).out, /THE STORED TEXT IS NOT THE ONE ACCEPTED/);
    await owner.query(flip, [id]);
    assert.equal((await timelineOf(id)).text.is, 'as_accepted');
    await owner.query('DELETE FROM message WHERE id = $1', [id]);
    assert.deepEqual((await timelineOf(id)).text, { is: 'gone', accepted: text.accepted, stored: null });
  } finally {
    await owner.end();
  }
});

test('a reason given to a command or a request stands in its entry, and one that cannot is refused', async () => {
  await record.next();
  assert.equal((await type('key', 'create', '--name', 'till', '--senders', SENDER, '--why', WHY)).code, 0);
  const made = (await record.next()).entries.find(({ what }) => what === 'credential.made');
  assert.deepEqual([made?.who, made?.why], ['operator:local', WHY]);
  const { key } = await apiKey(gateway);
  const headers = { 'sallyport-why': encodeURIComponent(WHY) };
  await gateway.ask('PUT', '/v1/webhook', { url: 'https://hooks.example/' }, { key, headers });
  const set = (await record.next()).entries.find(({ what }) => what === 'webhook.set');
  assert.equal(set?.why, WHY);
  for (const why of ['%', encodeURIComponent('two\nlines'), encodeURIComponent('x'.repeat(501)), '%20', '']) {
    const refused = await gateway.ask('DELETE', '/v1/webhook', undefined, { key, headers: { 'sallyport-why': why } });
    assert.deepEqual([refused.status, (refused.body as { code: string }).code], [422, 'invalid_request'], why);
  }
  assert.ok((await record.next()).entries.every(({ what }) => what !== 'webhook.removed'));
  const { code, err } = await type('key', 'list', '--why', 'two\nlines');
  assert.equal(code, 2);
  assert.match(err, /--why must be one line of 1 to 500 characters/);
});

test('every command of SMPP is on record, or in the list of those that are not', () => {
  for (const name of Object.keys(commands) as CommandName[])
    assert.notEqual(name in smppOnRecord, name in smppNotOnRecord, name);
});

test('what an application asks over SMPP is on record when it is answered', async () => {
  const login = await smppLogin(gateway);
  const who = `credential:${login.id}`;
  const seen = new Set<string>();
  const holds = async (name: CommandName) => {
    seen.add(name);
    const expected = smppOnRecord[name];
    const { entries, messages } = await record.next();
    if (expected === 'message')
      assert.ok(
        messages.some(({ state }) => state === 0),
        name,
      );
    else
      assert.ok(
        entries.some((entry) => entry.what === expected && entry.who === who),
        name,
      );
  };
  await record.next();
  for (const as of ['bind_transmitter', 'bind_receiver'] as const) {
    using _esme = await Esme.bound(gateway, login, as);
    await holds(as);
  }
  using esme = await Esme.bound(gateway, login);
  await holds('bind_transceiver');
  const later = { schedule_delivery_time: inAnHour() };
  const id = await esme.submitted(later);
  await holds('submit_sm');
  const about = { message_id: id, source_addr: SENDER };
  const address = { dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: HANDSET };
  const content = { source_addr: SENDER, short_message: Buffer.from('Hello') };
  const multi = esme.sends('submit_multi', { ...content, ...later, dest_address: [{ dest_flag: 1, ...address }] });
  await esme.hears('submit_multi_resp', { status: 0, sequence: multi });
  await holds('submit_multi');
  const data = { source_addr: SENDER, ...address };
  const sent = esme.sends('data_sm', data, { tlvs: { message_payload: Buffer.from('Hello') } });
  await esme.hears('data_sm_resp', { status: 0, sequence: sent });
  await holds('data_sm');
  await esme.hears('query_sm_resp', { status: 0, sequence: esme.sends('query_sm', about) });
  await holds('query_sm');
  const replaced = esme.sends('replace_sm', { ...about, ...later, short_message: Buffer.from('Hello again') });
  await esme.hears('replace_sm_resp', { status: 0, sequence: replaced });
  await holds('replace_sm');
  await esme.hears('cancel_sm_resp', { status: 0, sequence: esme.sends('cancel_sm', about) });
  await holds('cancel_sm');
  assert.deepEqual(seen, new Set(Object.keys(smppOnRecord)));
});
