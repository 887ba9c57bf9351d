/**
 * A gateway that works on its root key and kills itself at one of its steps: a statement, or a call that changes the file.
 * Arguments: where the database is, the root key file, what it does, the number of the step. It prints `done` when it has
 * come to the end before it.
 */
import { writeSync } from 'node:fs';
import { Client, type ClientConfig, Pool } from 'pg';
import { systemClock } from '../../src/base/clock.ts';
import { systemEntropy } from '../../src/base/entropy.ts';
import { Vault } from '../../src/vault/index.ts';
import { systemFiles } from '../../src/vault/roots/owned-file.ts';
import { KeyLog } from './key-log.ts';
import { rootKeysIn } from './root-keys.ts';

const [host = '', path = '', what = '', last = '', current = '', next = ''] = process.argv.slice(2);
let step = 0;
let isBegun = false;

/** Dies before the step of that number. */
function stepped(): void {
  if (isBegun && ++step === Number(last)) process.kill(process.pid, 'SIGKILL');
}

class Mortal extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => {
      stepped();
      return query(...args);
    }) as Client['query'];
  }
}

for (const [name, call] of Object.entries(systemFiles) as [keyof typeof systemFiles, (...args: never[]) => unknown][]) {
  const mortal = (...args: never[]): unknown => {
    stepped();
    return call(...args);
  };
  Object.assign(systemFiles, { [name]: mortal });
}

const options = '-c role=sallyport_engine';
const pool = new Pool({ host, user: 'sallyport_gateway', database: 'sallyport', options, max: 1, Client: Mortal });
const root = rootKeysIn(path);
const octets = (text: string): Buffer | null => (text === '' ? null : Buffer.from(text));
if (current !== '') await root.unlock(Buffer.from(current));
const vault = await Vault.open({ pool, root, entropy: systemEntropy, clock: systemClock, record: new KeyLog().record });
isBegun = true;
if (what === 'rewrap') await vault.rewrapAccountKeys(true);
else await vault.changeRootPassphrase(octets(current), octets(next));
writeSync(1, 'done');
process.exit(0);
