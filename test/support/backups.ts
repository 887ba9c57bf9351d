import { readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { command } from './command-line.ts';

/** The two archives of a backup, by their paths. */
export interface Pair {
  readonly data: string;
  readonly keys: string;
}

/** A place for backups with its key files, and the commands that use it. */
export class BackupPlace {
  readonly folder: string;
  readonly identity: string;
  readonly installation: string;
  readonly recipient: string;
  /** The settings of the gateway. */
  readonly env: Record<string, string>;

  private constructor(
    folder: string,
    keys: Record<'installation' | 'identity' | 'recipient', string>,
    env: Record<string, string>,
  ) {
    this.folder = folder;
    this.identity = keys.identity;
    this.recipient = keys.recipient;
    this.installation = keys.installation;
    this.env = env;
  }

  /** Makes it in `root`, for the gateway of `dataFolder`. */
  static async make(root: string, dataFolder: string, installation?: string): Promise<BackupPlace> {
    const [safe, folder] = [join(root, 'safe'), join(root, 'backups')];
    for (const path of [safe, folder]) await mkdir(path);
    const more = installation === undefined ? [] : ['--installation', installation];
    const made = await command(['backup', 'keygen', safe, '--json', ...more]);
    const keys = JSON.parse(made.out) as Record<'installation' | 'identity' | 'recipient', string>;
    const env = {
      SALLYPORT_DATA_FOLDER: dataFolder,
      SALLYPORT_WAL_AHEAD_MIB: '0',
      SALLYPORT_BACKUP_RECIPIENT_FILE: keys.recipient,
    };
    return new BackupPlace(folder, keys, env);
  }

  /** Runs a command with the settings of the gateway. */
  run(
    argv: readonly string[],
    { env = {}, clock = systemClock }: { env?: Record<string, string>; clock?: Clock } = {},
  ) {
    return command(argv, { env: { ...this.env, ...env }, clock });
  }

  async backUp(...options: string[]): Promise<Pair> {
    const made = await this.run(['backup', this.folder, '--json', ...options]);
    if (made.code !== 0) throw new Error(made.err);
    const { data, keys } = JSON.parse(made.out) as Record<'data' | 'keys', { path: string }>;
    return { data: data.path, keys: keys.path };
  }

  get files(): string[] {
    return readdirSync(this.folder).toSorted();
  }

  /** What `restore` and `backup drill` are told of a pair. */
  naming({ data, keys }: Pair): string[] {
    return ['--archive', data, '--keys', keys, '--identity', this.identity];
  }
}
