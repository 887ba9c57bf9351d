import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { absent } from '../../base/absent.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const TAIL_BYTES = 2048;

/** Opens the server's own log to add to it. It is small (`settings.ts`); one that has grown is kept as `.1` and begun anew. */
export async function openServerLog(path: string): Promise<FileHandle> {
  const size = await sizeOf(path);
  if (size > MAX_BYTES) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/** What was written to the log from byte `from` on, or the end of it. */
export async function tailOf(path: string, from: number): Promise<string> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const at = Math.max(from, size - TAIL_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - at), 0, size - at, at);
  return buffer.toString('utf8', 0, bytesRead);
}

export async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(absent);
  return found?.size ?? 0;
}
