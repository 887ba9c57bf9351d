import sodium from 'sodium-native';
import { FaultError } from '../base/fault.ts';

/**
 * The octets of an archive behind its header: crypto_secretstream_xchacha20poly1305 of libsodium, its header first, then
 * chunks, each behind its length (4 octets). Chunks cannot be moved, left out or repeated, and the last one says that it
 * is the last.
 */
const CHUNK_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;

/** What is used of sodium-native, as it is: its types are of an older form. */
interface SecretStream {
  readonly crypto_secretstream_xchacha20poly1305_STATEBYTES: number;
  readonly crypto_secretstream_xchacha20poly1305_HEADERBYTES: number;
  readonly crypto_secretstream_xchacha20poly1305_ABYTES: number;
  readonly crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: number;
  readonly crypto_secretstream_xchacha20poly1305_TAG_FINAL: number;
  crypto_secretstream_xchacha20poly1305_init_push(state: Buffer, header: Buffer, key: Buffer): void;
  crypto_secretstream_xchacha20poly1305_init_pull(state: Buffer, header: Buffer, key: Buffer): void;
  crypto_secretstream_xchacha20poly1305_push(state: Buffer, sealed: Buffer, plain: Buffer, ad: null, tag: number): void;
  crypto_secretstream_xchacha20poly1305_pull(state: Buffer, plain: Buffer, tag: Buffer, sealed: Buffer, ad: null): void;
}
const secretStream = sodium as unknown as SecretStream;
const {
  crypto_secretstream_xchacha20poly1305_STATEBYTES: STATE_BYTES,
  crypto_secretstream_xchacha20poly1305_HEADERBYTES: HEADER_BYTES,
  crypto_secretstream_xchacha20poly1305_ABYTES: OVERHEAD_BYTES,
  crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: MESSAGE,
  crypto_secretstream_xchacha20poly1305_TAG_FINAL: FINAL,
} = secretStream;

/** Cuts octets that come as they like into chunks of one size. */
async function* chunked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let used = 0;
  for await (const bytes of source) {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(chunk, used, at);
      at += count;
      used += count;
      if (used < CHUNK_BYTES) continue;
      yield chunk;
      used = 0;
    }
  }
  yield chunk.subarray(0, used);
}

export async function* sealStream(source: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer> {
  const state = sodium.sodium_malloc(STATE_BYTES);
  const header = Buffer.alloc(HEADER_BYTES);
  secretStream.crypto_secretstream_xchacha20poly1305_init_push(state, header, key);
  yield header;
  for await (const chunk of chunked(source)) {
    const isLast = chunk.length < CHUNK_BYTES;
    const sealed = Buffer.alloc(LENGTH_BYTES + chunk.length + OVERHEAD_BYTES);
    sealed.writeUInt32BE(chunk.length + OVERHEAD_BYTES);
    const into = sealed.subarray(LENGTH_BYTES);
    secretStream.crypto_secretstream_xchacha20poly1305_push(state, into, chunk, null, isLast ? FINAL : MESSAGE);
    yield sealed;
  }
}

/** Reads octets in the portions that are asked for. */
export class Portions {
  readonly #source: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next `byteCount` octets; fewer where there are no more. */
  async take(byteCount: number): Promise<Buffer> {
    const pieces = [this.#left];
    let bytes = this.#left.length;
    while (bytes < byteCount) {
      const next = await this.#source.next();
      if (next.done === true) break;
      pieces.push(next.value);
      bytes += next.value.length;
    }
    const all = pieces.length === 1 ? this.#left : Buffer.concat(pieces);
    this.#left = all.subarray(byteCount);
    return all.subarray(0, byteCount);
  }
}

/** Opens what `sealStream` made. Throws `backup_altered` or `backup_truncated`, about `name`. */
export async function* openStream(source: AsyncIterable<Buffer>, key: Buffer, name: string): AsyncGenerator<Buffer> {
  const portions = new Portions(source);
  const take = async (byteCount: number) => {
    const bytes = await portions.take(byteCount);
    if (bytes.length === byteCount) return bytes;
    throw new FaultError('backup_truncated', { detail: `${name} ends before its end.` });
  };
  const altered = (cause?: unknown) => new FaultError('backup_altered', { detail: `${name} was altered.` }, cause);
  const state = sodium.sodium_malloc(STATE_BYTES);
  secretStream.crypto_secretstream_xchacha20poly1305_init_pull(state, await take(HEADER_BYTES), key);
  const tag = Buffer.from([MESSAGE]);
  while (tag[0] !== FINAL) {
    const size = (await take(LENGTH_BYTES)).readUInt32BE();
    if (size < OVERHEAD_BYTES || size > CHUNK_BYTES + OVERHEAD_BYTES) throw altered();
    const sealed = await take(size);
    const plain = Buffer.alloc(size - OVERHEAD_BYTES);
    try {
      secretStream.crypto_secretstream_xchacha20poly1305_pull(state, plain, tag, sealed, null);
    } catch (cause) {
      throw altered(cause);
    }
    yield plain;
  }
  if ((await portions.take(1)).length > 0) throw altered();
}
