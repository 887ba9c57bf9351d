import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import {
  type Backup,
  backUp,
  isInstallation,
  keyFileNames,
  makeKeyFiles,
  readRecipient,
  removeOld,
} from '../../../backup/index.ts';
import { MINUTE_MS } from '../../../base/clock.ts';
import { systemEntropy } from '../../../base/entropy.ts';
import { FaultError } from '../../../base/fault.ts';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import { integer, text } from '../options.ts';
import { actorOf, byWhom, ownerOptions } from '../owner-options.ts';
import { usage } from '../parse.ts';
import { fields, json, line } from '../print.ts';

const MIB = 1024 * 1024;
const EVERY_MAX = 24 * 60;
const KEEP_MAX = 100_000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const backupOptions = {
  every: integer('MINUTES', 'Stay, and make one so often, from beginning to beginning.', 1, EVERY_MAX),
  ...byWhom,
  keep: integer('N', 'Remove all but the newest N. Those that have expired are removed in any case.', 1, KEEP_MAX),
};
type BackupCall = Call<typeof backupOptions>;

const backup = command({
  name: 'backup',
  summary: 'Write the data and the keys as two sealed archives, while the gateway runs.',
  about: [
    'Both archives are of one moment. They are sealed for the key that backup keygen made and the setting\nbackup.recipientFile names: the gateway itself cannot open them again. Archives of keys live shorter than those of\ndata, so that what is erased is soon gone from all of them.',
    'Archives in the folder that have expired are removed. The root key is in none: docs/reference/backup.md says how to\nkeep it.',
  ],
  operand: 'FOLDER',
  options: backupOptions,
  example: 'backup /var/backups/sallyport --every 4 --keep 500',
  async run(call) {
    lowerPriority();
    if (call.values.every === undefined) return once(call);
    return forEver(call, call.values.every * MINUTE_MS);
  },
});

/** What uses the processor here gives way to the gateway. */
function lowerPriority(): void {
  setPriority(constants.priority.PRIORITY_LOW);
}

async function once(call: BackupCall): Promise<number> {
  const { clock, operand: folder, values, stdout } = call;
  const settings = call.settings();
  const { recipientFile, keysRecipientFile, dataDays, keysHours } = settings.backup;
  if (recipientFile === null) throw new FaultError('backup_not_set_up');
  const recipient = await readRecipient(recipientFile);
  const keysRecipient = keysRecipientFile === null ? recipient : await readRecipient(keysRecipientFile);
  if (keysRecipient.installation !== recipient.installation) {
    throw new FaultError('backup_key_unusable', { detail: 'The two recipient files are of two installations.' });
  }
  const recipients = { data: recipient, keys: keysRecipient };
  const database = ownerOptions(call);
  const by = actorOf(call, 'backup');
  const made = await backUp({ database, folder, recipients, dataDays, keysHours, by, clock, entropy: systemEntropy });
  const removed = await removeOld(folder, recipient, values.keep ?? null, clock);
  if (values.json) json(stdout, { ...told(made), removed });
  else show(stdout, made, removed);
  return exitCodes.done;
}

/** The first must work: what is missing for it does not come by waiting. One that fails later is told, and the next one made in its time. */
async function forEver(call: BackupCall, everyMs: number): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  for (const signal of SIGNALS) process.on(signal, onSignal);
  let code: number | null = null;
  while (!stop.signal.aborted) {
    const began = call.clock.elapsed();
    try {
      code = await once(call);
    } catch (error) {
      if (code === null || !(error instanceof FaultError)) throw error;
      code = exitCodes.failed;
      line(call.stderr, `sallyport: ${error.message} (${error.fault.code})`);
    }
    const restMs = Math.max(0, began + everyMs - call.clock.elapsed());
    await call.clock.sleep(restMs, stop.signal).catch(() => undefined); // a signal ends it
  }
  for (const signal of SIGNALS) process.off(signal, onSignal);
  return code ?? exitCodes.done;
}

const archive = ({ path, bytes, expiresAtMs, tables }: Backup['data']) => ({
  path,
  bytes,
  expiresAt: new Date(expiresAtMs).toISOString(),
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
});

function told({ createdAtMs, tookMs, data, keys }: Backup) {
  return {
    createdAt: new Date(createdAtMs).toISOString(),
    tookMs: Math.round(tookMs),
    data: archive(data),
    keys: archive(keys),
  };
}

function show(out: Output, made: Backup, removed: readonly string[]): void {
  const { createdAt, tookMs, data, keys } = told(made);
  const words = ({ bytes, rows, expiresAt }: typeof data) =>
    `${rows} rows, ${(bytes / MIB).toFixed(1)} MiB, can be restored until ${expiresAt}`;
  line(out, `The state of ${createdAt} is backed up (${(tookMs / 1000).toFixed(1)} s).`);
  fields(out, [
    [data.path, words(data)],
    [keys.path, words(keys)],
  ]);
  if (removed.length > 0) line(out, `Removed: ${removed.join(', ')}`);
}

const keygenOptions = {
  installation: text('NAME', 'For a second pair of the same installation: the name that the first one told.'),
};

const keygen = command({
  name: 'backup keygen',
  summary: 'Make the two key files of backups: one that seals, for the gateway, and one that opens.',
  about: [
    'Run it where backups will be opened, and not on the machine of the gateway: what opens them never goes there. X-Wing\n(ML-KEM-768 and X25519) finds the key of an archive, Ed25519 says which installation sealed it.',
    'A pair of its own for the keys (backup.keysRecipientFile) can be made anew with --installation: when the old identity\nfile is destroyed, the archives of keys that were sealed for it are closed for good.',
  ],
  operand: 'FOLDER',
  options: keygenOptions,
  example: 'backup keygen /media/safe',
  async run({ operand: folder, values, stdout }: Call<typeof keygenOptions>) {
    const { installation = null } = values;
    if (installation !== null && !isInstallation(installation)) {
      throw usage({ name: 'backup keygen' }, '--installation must be a name that backup keygen has told.');
    }
    const name = await makeKeyFiles(folder, installation, systemEntropy);
    const [identity, recipient] = [join(folder, keyFileNames.identity), join(folder, keyFileNames.recipient)];
    if (values.json) json(stdout, { installation: name, identity, recipient });
    else {
      fields(stdout, [
        [identity, 'opens backups. Keep it safe and away from the gateway.'],
        [recipient, 'seals backups. Take it to the gateway: the setting backup.recipientFile.'],
        ['Installation', name],
      ]);
    }
    return exitCodes.done;
  },
});

export const backupCommands = [backup, keygen];
