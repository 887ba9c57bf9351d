import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { absent } from '../base/absent.ts';

/** What stands in a file that is only ever replaced as a whole: null where there is none. */
export const readKept = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(absent);

/** Replaces what stands in a file; after a crash at any moment it is the old text or the new. */
export async function keepFile(file: string, text: string): Promise<void> {
  const draft = `${file}.draft`;
  await writeThrough(draft, text);
  await rename(draft, file);
  await syncFolder(dirname(file));
}

/** Gives a file another name, durably: it is not read any more, and not lost. */
export async function setFileAside(file: string, as: string): Promise<void> {
  await rename(file, as);
  await syncFolder(dirname(file));
}

async function writeThrough(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'w', 0o600);
  await handle.writeFile(text);
  await handle.sync();
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r');
  await handle.sync();
}
