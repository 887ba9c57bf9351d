import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Builds the program in Go that reads logs, into a folder; answers its path. */
export async function buildGoReader(folder: string): Promise<string> {
  const program = join(folder, 'audit-go');
  // The packages of Debian stand in a GOPATH; nothing is fetched.
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    GO111MODULE: 'off',
    GOPATH: '/usr/share/gocode',
    GOPROXY: 'off',
    GOCACHE: join(folder, 'cache'),
    CGO_ENABLED: '0',
  };
  await run('go', ['build', '-o', program, join(import.meta.dirname, '../referees/audit-go.go')], { env });
  return program;
}
