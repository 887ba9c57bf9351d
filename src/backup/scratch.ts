import { lstat, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { absent } from '../base/absent.ts';
import type { Clock } from '../base/clock.ts';
import { removeIfLeft } from '../store/index.ts';
import { onFolder } from './archive.ts';

/** In a folder that all users of the machine share, the name says whose it is. */
const PREFIX = 'sallyport-restore-';

/** Where drills restore to. */
export const drillsFolder = (): string => tmpdir();

/** A folder for a database that is being restored: its owner's alone (mkdtemp makes it with mode 0700). */
export const makeScratch = (folder: string): Promise<string> => onFolder(folder, () => mkdtemp(join(folder, PREFIX)));

/**
 * Removes what restores and drills left that were killed. Nobody's numbers or texts can be read in it, but it has the keys
 * of people, wrapped, and so it is a copy that no erasure reaches.
 */
export async function removeScratch(folder: string, clock: Clock): Promise<void> {
  for (const name of await onFolder(folder, () => readdir(folder))) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(absent); // its own process may have removed it meanwhile
    if (found?.isDirectory() && found.uid === process.getuid?.()) await removeIfLeft(path, clock);
  }
}
