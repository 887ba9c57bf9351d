import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { askWitness, parseVerifierKey, Witnessing } from '../../src/audit/index.ts';
import { grownBundles, grownTiles, tilePath } from '../../src/audit/tree/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import { Dice } from '../../src/base/dice.ts';
import { clientTls, explainTlsError } from '../../src/transport/index.ts';
import { openAudit, someEntry } from '../support/audit-stage.ts';
import { CertificateShop } from '../support/certificates.ts';
import { openTestDatabase, silentLog, temporaryFolder } from '../support/database.ts';
import { buildGoReader } from '../support/go-reader.ts';
import { PeerProcess } from '../support/peer-process.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, '../../src/main.ts');
const taken = new AsyncDisposableStack();
after(() => taken.disposeAsync());

test('a log that another process witnesses is read by Go, cosignatures and all', async () => {
  const shop = taken.use(new CertificateShop());
  const authority = shop.issue({ isAuthority: true });
  const identity = shop.issue({ names: 'DNS:localhost' }, authority);
  const server = taken.use(await openTestDatabase());
  const { path } = taken.use(await temporaryFolder());
  const { audit, log } = taken.use(await openAudit({ database: server.database, folder: path }));
  const made = await run(PROGRAM, ['witness', 'keygen', '--name', 'witness.example', '--key', join(path, 'w.key')]);
  const key = parseVerifierKey(made.stdout.trim())!;
  const settings = {
    witnessKeyFile: join(path, 'w.key'),
    stateFolder: join(path, 'witness'),
    host: 'localhost',
    ...identity,
    logs: [log.key.verifier],
  };
  await writeFile(join(path, 'witness.yaml'), JSON.stringify(settings));
  const witness = taken.use(
    new PeerProcess(PROGRAM, ['witness', 'run', '--config', join(path, 'witness.yaml'), '--json']),
  );
  const [, port] = await witness.says(/"port":(\d+)/);
  const tls = () => clientTls({ servername: 'localhost', caFile: authority.certFile });
  const asking = new Witnessing({
    log,
    pool: server.database.engine,
    witnesses: [
      { key, ask: (body) => askWitness({ url: `https://localhost:${port}`, tls, clock: systemClock }, body) },
    ],
    quorum: 1,
    connect: () => server.database.connectEngine(),
    explain: explainTlsError,
    contradicts: (_witness, is) => assert.equal(is, false),
    clock: systemClock,
    entropy: new Dice(1),
    events: silentLog,
  });
  taken.defer(() => asking.close());
  for (let count = 0; count < 300; count++) await audit.noted(someEntry());
  await log.round();
  await asking.round();
  assert.equal((await asking.states())[0]!.trouble, null);
  const head = (await log.head())!;
  const folder = join(path, 'log');
  await write(folder, 'checkpoint', await log.cosigned(head));
  for (const tile of [...grownTiles(0, head.size), ...grownBundles(0, head.size)])
    await write(folder, tilePath(tile), (await log.tile(tile))!);
  const program = await buildGoReader(path);
  const read = JSON.parse((await run(program, [folder, log.key.verifier, made.stdout.trim()])).stdout) as object;
  assert.deepEqual(read, {
    origin: log.key.origin,
    size: 300,
    signatures: [log.key.origin, 'witness.example'],
    checkpoints: 0,
    inclusions: 0,
    growths: 0,
  });
});

async function write(folder: string, path: string, content: string | Buffer): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
