import { drill, type KeysFrom, type Restoration, type RestoreOptions, restore } from '../../../backup/index.ts';
import { MINUTE_MS, SECOND_MS } from '../../../base/clock.ts';
import { systemEntropy } from '../../../base/entropy.ts';
import { doubtWhatMayHaveLeft } from '../../../messages/index.ts';
import { eraseWhatCameBack } from '../../../privacy/index.ts';
import { isDatabaseThere, type OwnerOptions } from '../../../store/index.ts';
import { type RootSettings, rootSettings } from '../../../vault/index.ts';
import { type Call, command, exitCodes, type Output } from '../command.ts';
import { required, text } from '../options.ts';
import { actorOf, byWhom, ownerOptions } from '../owner-options.ts';
import { usage } from '../parse.ts';
import { fields, json, line } from '../print.ts';

/** What is aimed at: no more than so much is lost, and it takes no longer than so long. */
const LOST_MS_MAX = 5 * MINUTE_MS;
const TOOK_MS_MAX = 15 * MINUTE_MS;

const options = {
  archive: required(text('FILE', 'The archive of the data.')),
  keys: text('FILE', 'The archive of the keys: of the same backup, or of a later one.'),
  'keys-of': text('DIR', 'Take the keys of this data folder as they are now, instead of an archive.'),
  identity: required(text('FILE', 'The identity file that opens the archives.')),
  'keys-identity': text('FILE', 'The one that opens the archive of the keys, where it is another one.'),
  'root-key': text('FILE', 'The root key file, where it is not root.key in the data folder.'),
  ...byWhom,
};
type RestoreCall = Call<typeof options>;

const KEYS_WORDS =
  'With --keys-of, or with an archive of keys that is younger than the data, what was erased in between stays erased.';

export const restoreCommands = [
  command({
    name: 'restore',
    summary: 'Restore a backup into a new data folder, after everything in it was verified.',
    about: [
      `The data folder (the setting, or --data DIR) must have no database; put the root key there first. Archives that were\naltered, cut, exchanged, that expired, or that belong to another installation are refused before anything is made. The\ndatabase appears in its place when it is whole and has passed its checks.`,
      KEYS_WORDS,
      'It restores into the embedded database. docs/reference/backup.md says what else belongs to a restore.',
    ],
    options,
    example: 'restore --archive /backup/s.data --keys /backup/s.keys --identity /media/safe/sallyport-backup.identity',
    run: (call) => run(call, 'restore', restore),
  }),
  command({
    name: 'backup drill',
    summary: 'Restore a backup into a scratch database, check it, and tell how long it took.',
    about: [
      'Nothing is kept and no gateway is touched. It can run on any machine that has the files. Where the data folder has a\ndatabase, what came of it is on record there.',
      KEYS_WORDS,
    ],
    options,
    example: 'backup drill --archive s.data --keys s.keys --identity sallyport-backup.identity --root-key root.key',
    run: async (call) => {
      const own = await ownDatabase(call);
      return run(call, 'backup drill', (wanted) => drill(wanted, own));
    },
  }),
];

async function run(call: RestoreCall, name: string, work: (options: RestoreOptions) => Promise<Restoration>) {
  const { values, stdout, clock } = call;
  const into = ownerOptions(call);
  const began = clock.now();
  const done = await work({
    into,
    dataArchive: values.archive,
    identityFile: values.identity,
    keys: keysOf(call, name),
    root: rootOf(call, into.dataFolder),
    settle: async (client, backedUpAtMs) => {
      await eraseWhatCameBack(client);
      return doubtWhatMayHaveLeft(client, backedUpAtMs, clock.now());
    },
    by: actorOf(call, name),
    clock,
    entropy: systemEntropy,
  });
  const lostMs = began - done.createdAtMs;
  if (values.json) json(stdout, told(done, lostMs));
  else show(stdout, done, lostMs);
  return exitCodes.done;
}

/** The database of the gateway of this machine, where there is one: a drill is on record in its log. */
async function ownDatabase(call: RestoreCall): Promise<OwnerOptions | null> {
  const own = ownerOptions(call);
  return own.databaseUrl !== null || (await isDatabaseThere(own.dataFolder)) ? own : null;
}

function rootOf({ values, settings }: RestoreCall, dataFolder: string): RootSettings {
  const root = rootSettings({ ...settings(), dataFolder });
  const { 'root-key': path = root.file.path } = values;
  return { ...root, file: { ...root.file, path } };
}

function keysOf(call: RestoreCall, name: string): KeysFrom {
  const { keys, 'keys-of': folder, identity, 'keys-identity': keysIdentity = identity } = call.values;
  if ((keys === undefined) === (folder === undefined)) {
    throw usage({ name }, 'Say where the keys come from: --keys FILE or --keys-of DIR.');
  }
  if (keys !== undefined) return { archive: keys, identityFile: keysIdentity };
  return { database: { ...ownerOptions(call), dataFolder: folder ?? '' } };
}

const told = ({ createdAtMs, digests, tookMs, checks, tables, doubtful }: Restoration, lostMs: number) => ({
  createdAt: new Date(createdAtMs).toISOString(),
  archives: digests,
  ageMs: lostMs,
  tookMs: Object.fromEntries(Object.entries(tookMs).map(([what, ms]) => [what, Math.round(ms)])),
  rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  doubtful,
  checks,
});

const seconds = (ms: number): string => `${(ms / SECOND_MS).toFixed(1)} s`;
const verdict = (ms: number, most: number): string =>
  ms <= most ? `within ${seconds(most)}` : `OVER ${seconds(most)}`;

function show(out: Output, { createdAtMs, tookMs, checks, doubtful }: Restoration, lostMs: number): void {
  line(out, `Restored to the state of ${new Date(createdAtMs).toISOString()}.`);
  fields(out, [
    ...checks.map(({ name, words }) => [name, words] as const),
    ['in doubt', `${doubtful} that waited then, and may have been sent since`],
    ['verified in', seconds(tookMs.verify)],
    ['loaded in', seconds(tookMs.load)],
    ['checked in', seconds(tookMs.check)],
    ['in all', `${seconds(tookMs.whole)}: ${verdict(tookMs.whole, TOOK_MS_MAX)}`],
    ['age of the backup', `${seconds(lostMs)}: ${verdict(lostMs, LOST_MS_MAX)}`],
  ]);
}
