import { type FileHandle, open } from 'node:fs/promises';
import type { Delivery, Sink } from './sink.ts';

const OWNER_AND_GROUP = 0o640;
const NEWLINE = 0x0a;

/** Code of a failed system call → what it means for who set it up. */
const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk can only be read',
  EACCES: 'the file may not be written by this user',
  EPERM: 'the file may not be written by this user',
  ENOENT: 'its folder is not there',
  ENOTDIR: 'its folder is not there',
  EISDIR: 'it is a folder',
  EIO: 'the disk fails',
};

/**
 * A file that lines are appended to. It is opened anew for every delivery, so a file that was moved away, as logrotate
 * does, is left alone from then on and a new one begun: no signal is needed.
 */
export class FileSink implements Sink {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async open(): Promise<Delivery> {
    const file = await open(this.#path, 'a+', OWNER_AND_GROUP);
    try {
      await endLine(file);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new Appended(file);
  }

  explain(error: unknown): string {
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string') return 'it failed for a reason without a code';
    return WORDS[code] ?? `it failed with ${code}`;
  }
}

/** A line that a crash or a full disk cut short is ended, so that it spoils no other. It comes again, whole. */
async function endLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  if (buffer[0] !== NEWLINE) await file.write('\n');
}

class Appended implements Delivery {
  readonly #file: FileHandle;
  #closing: Promise<void> | null = null;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(octets: Buffer): Promise<void> {
    await this.#file.appendFile(octets);
  }

  async finish(): Promise<void> {
    await this.#file.datasync();
    await this.#close();
  }

  cancel(): void {
    this.#close().catch(() => undefined); // nothing of it counts
  }

  #close(): Promise<void> {
    this.#closing ??= this.#file.close();
    return this.#closing;
  }
}
