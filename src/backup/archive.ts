import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { Entropy } from '../base/entropy.ts';
import { FaultError } from '../base/fault.ts';
import { framesOf, type Manifest, readFrames, type Source, type TakeTable } from './frames.ts';
import { type Half, type HeaderFields, makeHeader, type Opened, openHeader } from './header.ts';
import type { Identity, Recipient } from './key-files.ts';
import { openStream, sealStream } from './sealed-stream.ts';

/** Level 1: bodies are sealed and do not get smaller; what is beside them does at once. */
const LEVEL = 1;
const UNFINISHED = '.unfinished';

export interface ArchiveOptions {
  readonly path: string;
  readonly fields: HeaderFields;
  readonly recipient: Recipient;
  readonly entropy: Entropy;
  /** Called when it is whole and before it appears. It does not appear where this throws. */
  readonly beforeItAppears?: (written: Written) => Promise<void>;
}

/** An archive as it was written. */
export interface Written extends Manifest {
  readonly bytes: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
}

/** Writes an archive. It appears under its name whole and on disk, or not at all. */
export async function writeArchive(source: Source, options: ArchiveOptions): Promise<Written> {
  const { path, beforeItAppears } = options;
  const unfinished = `${path}${UNFINISHED}`;
  try {
    const written = await onFolder(path, () => writeFile(unfinished, source, options));
    await beforeItAppears?.(written);
    await onFolder(path, () => rename(unfinished, path));
    await onFolder(path, () => syncFolder(dirname(path)));
    return written;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function writeFile(
  path: string,
  source: Source,
  { fields, recipient, entropy }: ArchiveOptions,
): Promise<Written> {
  const { bytes: header, key } = makeHeader(fields, recipient, entropy);
  let manifest: Manifest | null = null;
  let bytes = header.length;
  const hash = createHash('sha256').update(header);
  await using file = await open(path, 'wx', 0o600);
  // Not `write`: a disk that has room for some of it takes that without an error.
  await file.writeFile(header);
  try {
    await pipeline(
      framesOf(source, (told) => (manifest = told)),
      createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } }),
      (compressed: AsyncIterable<Buffer>) => sealStream(compressed, key),
      async (sealed: AsyncIterable<Buffer>) => {
        for await (const chunk of sealed) {
          await file.writeFile(chunk);
          hash.update(chunk);
          bytes += chunk.length;
        }
      },
    );
  } finally {
    key.fill(0);
  }
  await file.sync();
  return { ...(manifest as Manifest | null)!, bytes, sha256: hash.digest('hex') };
}

/** The SHA-256 of an archive as `backup.made` has it on record; null of a file that cannot be read. */
export async function digestOf(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

/** An archive whose header is to be trusted, to be read as often as one likes. */
export class Archive implements AsyncDisposable {
  readonly name: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #opened: Opened;

  private constructor(path: string, file: FileHandle, opened: Opened) {
    this.name = basename(path);
    this.#path = path;
    this.#file = file;
    this.#opened = opened;
  }

  /** Throws why it is not to be trusted: `backup_*`. */
  static async open(path: string, half: Half, identity: Identity): Promise<Archive> {
    const file = await onFolder(path, () => open(path, 'r'));
    try {
      const opened = await openHeader(file, basename(path), identity);
      if (opened.header.what !== half) {
        const detail = `${basename(path)} holds ${opened.header.what}, and ${half} were asked for.`;
        throw new FaultError('backup_swapped', { detail });
      }
      return new Archive(path, file, opened);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get header() {
    return this.#opened.header;
  }

  /** Reads it to its end and hands every table on. Throws `backup_altered` or `backup_truncated`, maybe at the very end. */
  async read(take: TakeTable): Promise<Manifest> {
    const stream = this.#file.createReadStream({
      start: this.#opened.streamAt,
      autoClose: false,
      highWaterMark: 1 << 18,
    });
    let manifest: Manifest | null = null;
    try {
      await pipeline(
        stream,
        (sealed: AsyncIterable<Buffer>) => openStream(sealed, this.#opened.key, this.name),
        createZstdDecompress(),
        async (frames: AsyncIterable<Buffer>) => {
          manifest = await readFrames(frames, this.name, take);
        },
      );
    } catch (error) {
      throw this.#asFault(error);
    }
    return (manifest as Manifest | null)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#opened.key.fill(0);
    await this.#file.close();
  }

  /** What was sealed by us and does not unpack is as bad as what does not open. */
  #asFault(error: unknown): unknown {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.startsWith('ZSTD_') && !(error instanceof SyntaxError)) return error;
    return new FaultError('backup_altered', { detail: `${basename(this.#path)} cannot be unpacked.` }, error);
  }
}

const FILE_TROUBLE = /^(?:E[A-Z]+)$/;

/** Runs `work` and turns what a file system may answer into a fault. */
export async function onFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = '', syscall } = error as NodeJS.ErrnoException;
    if (error instanceof FaultError || syscall === undefined || !FILE_TROUBLE.test(code)) throw error;
    const detail = `${path} cannot be used (${code}).`;
    throw new FaultError('backup_folder_unusable', { detail }, error);
  }
}

async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path);
  await folder.sync();
}

export const isUnfinished = (name: string): boolean => name.endsWith(UNFINISHED);
