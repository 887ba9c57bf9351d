/**
 * A witness that is killed: it cosigns what it reads from its arguments, and ends itself with SIGKILL before the n-th step
 * that it takes towards the disk, or before it answers. Arguments: state folder, n, seed of its key (hex), key of the log,
 * then a file with the body of each add-checkpoint. Prints each answer as a line of JSON.
 */
import { readFileSync, writeSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [folder = '', steps = '', seed = '', logKey = '', ...files] = process.argv.slice(2);
let left = Number(steps);
const step = (): void => {
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
};

const { open, rename } = fs;
fs.rename = (from, to) => {
  step();
  return rename(from, to);
};
fs.open = async (...args: Parameters<typeof open>) => stepping(await open(...args));
syncBuiltinESMExports();

function stepping(handle: FileHandle): FileHandle {
  const sync = handle.sync.bind(handle);
  const writeFile = handle.writeFile.bind(handle);
  handle.sync = () => {
    step();
    return sync();
  };
  handle.writeFile = (...args) => {
    step();
    return writeFile(...args);
  };
  return handle;
}

const { Ledger, parseVerifierKey, signerKey, Witness } = await import('../../src/audit/index.ts');
const { systemClock } = await import('../../src/base/clock.ts');
using ledger = await Ledger.open(folder);
left = Number(steps); // what is counted begins here
const key = parseVerifierKey(logKey)!;
const witness = new Witness({
  ledger,
  logs: [{ origin: key.name, keys: [key] }],
  keys: [signerKey('ed25519-cosignature', 'witness.example', Buffer.from(seed, 'hex'))],
  clock: systemClock,
});
for (const file of files) {
  const { status, body } = await witness.addCheckpoint(readFileSync(file));
  step();
  writeSync(1, `${JSON.stringify({ status, body })}\n`);
}
