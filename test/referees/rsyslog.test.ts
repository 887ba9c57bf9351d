import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type FormatName, formats } from '../../src/audit/export/formats.ts';
import { CertificateShop, type Issued } from '../support/certificates.ts';
import { type ExportStage, emptyExports, indexesOf, openExport } from '../support/export-stage.ts';
import { eachTest, ownDatabase } from '../support/hooks.ts';
import { Rsyslog } from '../support/rsyslog.ts';

/** rsyslog, which most collectors are or descend from, takes what we export. */
const db = ownDatabase();
const each = eachTest(() => emptyExports(db));
const shop = new CertificateShop();
const authority = shop.issue({ isAuthority: true });
const identity = shop.issue({ names: 'DNS:localhost,IP:127.0.0.1' }, authority);
const client = shop.issue({ usage: 'clientAuth' }, authority);

after(() => shop[Symbol.dispose]());

interface To {
  readonly format?: FormatName;
  readonly servername?: string;
  readonly certificate?: Issued;
}

async function exportTo(rsyslog: Rsyslog, { format = 'json', servername = 'localhost', certificate }: To = {}) {
  const tls = { servername, caFile: authority.certFile, allowsTls12: true, ...(certificate && { certificate }) };
  const stage = await openExport({
    database: db.database,
    folder: each.folder,
    sinks: [{ format, transport: 'tls', host: '127.0.0.1', port: rsyslog.port, tls }],
  });
  return each.taken.use(stage);
}

const receiver = async (clientCaFile?: string): Promise<Rsyslog> =>
  each.taken.use(await Rsyslog.start({ identity, ...(clientCaFile && { clientCaFile }) }));

async function troubleOf(stage: ExportStage): Promise<string | null> {
  return (await stage.states())[0]!.trouble;
}

for (const format of Object.keys(formats) as FormatName[]) {
  test(`every entry arrives as ${format}, in the order of the log, in a message of RFC 5424`, async () => {
    const rsyslog = await receiver();
    const stage = await exportTo(rsyslog, { format });
    await stage.record(50);
    await stage.recordMessages(50);
    await stage.exporter.round();
    const lines = await rsyslog.lines();
    assert.equal(await troubleOf(stage), null);
    assert.deepEqual(indexesOf(format, lines), [...Array(100).keys()]);
    assert.match(lines[0]!, /^109 1 2030-01-01T00:00:00(\.0+)?(Z|\+00:00) sallyport account\.made /);
    assert.match(lines[99]!, /^110 1 \S+ sallyport message\.delivered /);
  });
}

test('a receiver that is killed in the middle and comes back has every entry, in order', async () => {
  const rsyslog = await receiver();
  const stage = await exportTo(rsyslog);
  await stage.record(20_000);
  const round = stage.exporter.round();
  await rsyslog.hasLines(500);
  await rsyslog.down();
  await round;
  const cut = (await rsyslog.lines()).length;
  assert.ok(cut < 20_000, 'it was cut in the middle');
  assert.notEqual(await troubleOf(stage), null);
  await stage.exporter.round();
  assert.equal(await troubleOf(stage), 'nothing listens at that address');
  await rsyslog.up();
  while ((await stage.states())[0]!.nextIndex < 20_000) await stage.exporter.round();
  const received = indexesOf('json', await rsyslog.lines());
  assert.deepEqual([...new Set(received)], [...Array(20_000).keys()], 'the first of each comes in order');
});

test('a certificate for another name is refused, and said why', async () => {
  const rsyslog = await receiver();
  const stage = await exportTo(rsyslog, { servername: 'siem.example' });
  await stage.record(3);
  await stage.exporter.round();
  assert.equal(await troubleOf(stage), 'its certificate is for another name');
  assert.deepEqual(await rsyslog.lines(), []);
});

test('a receiver that asks for a client certificate is shown ours, and without one nothing counts as delivered', async () => {
  const rsyslog = await receiver(authority.certFile);
  const without = await exportTo(rsyslog);
  await without.record(3);
  await without.exporter.round();
  assert.notEqual(await troubleOf(without), null);
  assert.deepEqual(await rsyslog.lines(), []);
  await without[Symbol.asyncDispose]();
  const stage = await exportTo(rsyslog, { certificate: client });
  await stage.exporter.round();
  assert.equal(await troubleOf(stage), null);
  assert.deepEqual(indexesOf('json', await rsyslog.lines()), [0, 1, 2]);
});
