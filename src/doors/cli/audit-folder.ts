import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Claim,
  edgeTiles,
  FolderSource,
  grownBundles,
  grownTiles,
  parseVerifierKey,
  readIfThere,
  sizeOfClaim,
  TILE_WIDTH,
  type Tile,
  type TrustPolicy,
  tilePath,
  walkLog,
} from '../../audit/index.ts';
import type { Flaw } from './audit-words.ts';
import { Trouble, trouble } from './trouble.ts';

export interface Exported {
  readonly size: number;
  /** How many files of tiles and entries. */
  readonly written: number;
  readonly flaw: Flaw | null;
}

function policyOf(vkey: string): TrustPolicy {
  const key = parseVerifierKey(vkey.trim());
  if (key === null) throw trouble('usage', 'The key is no key that notes are verified with.');
  return { origin: key.name, logKeys: [key], witnesses: [], quorum: 0 };
}

/** The latest checkpoint that witnesses have cosigned. It is older than the latest one by half a minute or so. */
const WITNESSED = 'checkpoint.witnessed';

/** A checkpoint in a folder; null in one without. */
async function claimIn(folder: string, name = 'checkpoint'): Promise<Claim | null> {
  const note = await readIfThere(join(folder, name));
  return note && { name, note: note.toString(), beside: null };
}

/** Null of a log that no witness has cosigned. */
async function witnessedOf(remote: (path: string) => Promise<Buffer>): Promise<Claim | null> {
  try {
    return { name: WITNESSED, note: (await remote('checkpoint/witnessed')).toString(), beside: null };
  } catch (error) {
    if (error instanceof Trouble && error.code === 'not_found') return null;
    throw error;
  }
}

const present = (...claims: readonly (Claim | null)[]): Claim[] => claims.filter((claim) => claim !== null);

/** Whole or not at all, as far as this process can be ended. What a power cut leaves half is found when it is verified. */
async function put(folder: string, path: string, bytes: Buffer): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.draft`, bytes);
  await rename(`${file}.draft`, file);
}

/** Brings a folder up to the log that `remote` reads from, and goes through all of it before its checkpoint is replaced. */
export async function exportTo(
  folder: string,
  remote: (path: string) => Promise<Buffer>,
  key: string | undefined,
): Promise<Exported> {
  const vkey = key ?? (await remote('key')).toString();
  const before = await claimIn(folder);
  const witnessed = await witnessedOf(remote); // before the latest, so that it is not beyond it
  const latest: Claim = { name: 'the latest checkpoint', note: (await remote('checkpoint')).toString(), beside: null };
  const size = sizeOfClaim(latest) ?? 0;
  let written = 0;
  for (const tile of [...grownTiles(0, size), ...grownBundles(0, size)]) {
    const path = tilePath(tile);
    if (tile.width === TILE_WIDTH && (await readIfThere(join(folder, path)))) continue;
    await put(folder, path, await remote(path));
    written++;
  }
  const source = new FolderSource(folder, latest);
  const claims = present(before, await claimIn(folder, WITNESSED), witnessed);
  const { flaw } = await walkLog({ source, policy: policyOf(vkey), claims });
  if (flaw !== null) return { size, written, flaw };
  await put(folder, 'key', Buffer.from(vkey));
  await put(folder, 'checkpoint', Buffer.from(latest.note));
  if (witnessed) await put(folder, WITNESSED, Buffer.from(witnessed.note));
  await dropOutgrown(folder, sizeOfClaim(before ?? latest) ?? 0, size);
  return { size, written, flaw };
}

/** The paths of tiles that are not full in a log of that size. */
function partialPaths(size: number): string[] {
  const from = Math.max(0, size - 1);
  const last: Tile[] = [...edgeTiles(size), ...grownBundles(from, size)];
  return last.filter(({ width }) => width < TILE_WIDTH).map(tilePath);
}

/** Tiles that were the last of their level before, and are wider now, go (C2SP tlog-tiles). */
async function dropOutgrown(folder: string, before: number, size: number): Promise<void> {
  const now = partialPaths(size);
  for (const path of partialPaths(before)) if (!now.includes(path)) await rm(join(folder, path), { force: true });
}

export interface VerifiedFolder {
  readonly size: number | null;
  readonly checkpoints: number;
  readonly flaw: Flaw | null;
}

/** Goes through a folder. Without a key, the one that lies in it is taken: then only its own word is held against it. */
export async function verifyFolder(
  folder: string,
  key: string | undefined,
  claims: readonly Claim[],
): Promise<VerifiedFolder> {
  const latest = await claimIn(folder);
  const vkey = key ?? (await readIfThere(join(folder, 'key')))?.toString();
  if (latest === null || vkey === undefined)
    throw trouble('file_unreadable', 'The folder has no checkpoint, or no key and none was given.');
  const { head, checkpoints, flaw } = await walkLog({
    source: new FolderSource(folder, latest),
    policy: policyOf(vkey),
    claims: [...claims, ...present(await claimIn(folder, WITNESSED))],
  });
  return { size: head?.size ?? null, checkpoints, flaw };
}
