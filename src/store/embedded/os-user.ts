import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';
import { absent } from '../../base/absent.ts';
import { FaultError } from '../../base/fault.ts';

/** An OS user and its first group, by number. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

const OWN_USER = 'sallyport';
const MADE_IN = ['-r', '-M', '-s', '/usr/sbin/nologin'];

/**
 * Who the database runs as: null for ourselves. PostgreSQL refuses to run as root; then it runs as the owner of the
 * cluster that is there, else as the user `sallyport` or `postgres`, else as one made now, else as `nobody`.
 */
export async function databaseUser(clusterFolder: string): Promise<OsUser | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(clusterFolder).catch(absent);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return (
    (await findUser(OWN_USER)) ??
    (await findUser('postgres')) ??
    (await makeUser()) ??
    (await findUser('nobody')) ??
    refuse()
  );
}

async function findUser(name: string): Promise<OsUser | null> {
  const found = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(await readFile('/etc/passwd', 'utf8'));
  return found === null ? null : { uid: Number(found[1]), gid: Number(found[2]) };
}

async function makeUser(): Promise<OsUser | null> {
  // A machine without useradd, or with a read-only /etc, still has `nobody`.
  const isMade = await promisify(execFile)('useradd', [...MADE_IN, OWN_USER]).then(
    () => true,
    () => false,
  );
  return isMade ? findUser(OWN_USER) : null;
}

function refuse(): never {
  throw new FaultError('database_programs_missing', {
    detail:
      'PostgreSQL does not run as root, and there is no other OS user: start the gateway as one, or set DATABASE_URL.',
  });
}

/** The name of the OS user of this process: peer authentication knows users by name. */
export function ownUserName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new FaultError(
      'database_programs_missing',
      {
        detail: `The OS user ${process.getuid?.()} has no name (no line in /etc/passwd), which PostgreSQL needs. Add one, or set DATABASE_URL.`,
      },
      error,
    );
  }
}
