import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import { backUp, drill, keyFileNames, makeKeyFiles, readRecipient } from '../src/backup/index.ts';
import { systemClock } from '../src/base/clock.ts';
import { systemEntropy } from '../src/base/entropy.ts';
import { IdSource, idDay, idText } from '../src/base/id.ts';
import { jsonLog } from '../src/base/log.ts';
import { openDatabase } from '../src/store/index.ts';
import { RootKeys, Vault, WRAPPED_KEY_BYTES } from '../src/vault/index.ts';

/**
 * How long a backup and a restore take, and how much memory: `node bench/backup.ts --messages 1000000`. Every message has
 * three events, and one person gets ten of them.
 */
const BATCH = 5000;
const EVENTS = [1, 5, 10];
const MESSAGES_EACH = 10;
const TEXT = Buffer.from('Your order 4711 has left our house and will be with you tomorrow before noon.');
const SEALED_NUMBER = 59;

const { values } = parseArgs({ options: { messages: { type: 'string', default: '1000000' } } });
const wanted = Number(values.messages);

const log = jsonLog(
  (line) => process.stderr.write(line),
  () => systemClock.now(),
  'error',
);
const settle = () => Promise.resolve(0);
const clock = systemClock;
const entropy = systemEntropy;

async function fill(client: Client, vault: Vault, ids: IdSource): Promise<void> {
  for (let made = 0; made < wanted; made += BATCH) {
    const people: [number, Buffer, Buffer, Buffer][] = [];
    const messages: [string, number, Buffer][] = [];
    for (let person = 0; person < BATCH / MESSAGES_EACH; person++) {
      const key = vault.newRecipientKey(1, made / MESSAGES_EACH + person + 1);
      const wrapped = Buffer.alloc(WRAPPED_KEY_BYTES);
      vault.wrapRecipientKeyInto(wrapped, 0, key);
      const number = Buffer.alloc(SEALED_NUMBER);
      vault.sealNumberInto(number, 0, key, '12025550143');
      people.push([key.id, entropy.fill(Buffer.alloc(16)), number, wrapped]);
      for (let each = 0; each < MESSAGES_EACH; each++) {
        const id = ids.next();
        const body = Buffer.alloc(vault.sealedBytes(TEXT.length));
        vault.sealBodyInto(body, 0, { accountId: 1, id, recipient: key, codeEndsAtMs: null }, TEXT);
        messages.push([idText(id), key.id, body]);
      }
    }
    await store(client, people, messages);
  }
}

const column = (rows: unknown[][], at: number) => rows.map((row) => row[at]);

async function store(client: Client, people: unknown[][], messages: unknown[][]): Promise<void> {
  await client.query('BEGIN');
  await client.query('INSERT INTO recipient SELECT 1, * FROM unnest($1::int8[], $2::bytea[], $3::bytea[])', [
    column(people, 0),
    column(people, 1),
    column(people, 2),
  ]);
  await client.query('INSERT INTO vault.recipient_key SELECT 1, * FROM unnest($1::int8[], $2::bytea[])', [
    column(people, 0),
    column(people, 3),
  ]);
  await client.query(
    `INSERT INTO message (account_id, id, recipient_id, credential_id, carrier_id, node_id, direction, class, data_coding, flags,
       segments, hand_off, expires_at, sender, body)
     SELECT 1, id, person, 1, 1, 1, 0, 1, 0, 2, 1, 0, now(), '10666', body
     FROM unnest($1::uuid[], $2::int8[], $3::bytea[]) AS new (id, person, body)`,
    [0, 1, 2].map((at) => column(messages, at)),
  );
  await client.query(
    `INSERT INTO message_event (account_id, message_id, at, state, segment, node_id, carrier_id, code, reference)
     SELECT 1, id, now(), state, 1, 1, 1, 0, left(id::text, 18) FROM unnest($1::uuid[]) AS id, unnest($2::int2[]) AS state`,
    [column(messages, 0), EVENTS],
  );
  await client.query('COMMIT');
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const MIB = 1024 * 1024;
let peak = 0;
setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100).unref();
const peakMib = () => {
  const mib = `${Math.round(peak / MIB)} MiB`;
  peak = process.memoryUsage().rss;
  return mib;
};

const root = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
try {
  const [dataFolder, safe, folder] = ['data', 'safe', 'backups'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [safe, folder]) await mkdir(path);
  const where = { dataFolder, databaseUrl: null, caFile: null, walAheadMib: 0, log, clock, progress: () => undefined };
  const settings = {
    inForce: 'file' as const,
    file: { path: join(dataFolder, 'root.key'), passphraseFile: null },
    pkcs11: null,
    kms: null,
  };
  await using database = await openDatabase(where).then((open) =>
    Object.assign(open, { [Symbol.asyncDispose]: () => open.close() }),
  );
  const keys = new RootKeys({ settings, clock, entropy });
  const vault = await Vault.open({
    pool: database.engine,
    root: keys,
    entropy,
    clock: systemClock,
    record: () => Promise.resolve(),
  });
  await database.engine.query(`INSERT INTO account (name) VALUES ('bench')`);
  await vault.addAccount(1);
  const ids = new IdSource(clock, entropy);
  const today = idDay(ids.next());
  await vault.prepareDays([1], [today, today + 1]);
  const writer = await database.connectEngine();
  await fill(writer, vault, ids);
  await writer.end();
  vault.close();
  await makeKeyFiles(safe, null, entropy);
  const recipient = await readRecipient(join(safe, keyFileNames.recipient));
  const recipients = { data: recipient, keys: recipient };
  peakMib();
  const by = { who: 'operator:bench', from: null };
  const made = await backUp({ database: where, folder, recipients, dataDays: 1, keysHours: 1, by, clock, entropy });
  const size = (bytes: number) => `${Math.round(bytes / MIB)} MiB`;
  process.stdout.write(
    `${wanted} messages\nbackup   ${seconds(made.tookMs)}, ${size(made.data.bytes)} and ${size(made.keys.bytes)}, at most ${peakMib()} of memory\n`,
  );
  const identityFile = join(safe, keyFileNames.identity);
  const of = { dataArchive: made.data.path, keys: { archive: made.keys.path, identityFile }, identityFile };
  const from = { into: where, ...of, root: settings, by, settle };
  const done = await drill({ ...from, clock, entropy }, null);
  const { verify, load, check, whole } = done.tookMs;
  process.stdout.write(
    `restore  ${seconds(whole)}: verified in ${seconds(verify)}, loaded in ${seconds(load)}, checked in ${seconds(check)}, at most ${peakMib()} of memory\n`,
  );
  for (const { name, words } of done.checks) process.stdout.write(`  ${name}: ${words}\n`);
} finally {
  await rm(root, { recursive: true, force: true });
}
