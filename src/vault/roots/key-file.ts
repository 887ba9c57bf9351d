import { FaultError } from '../../base/fault.ts';
import { must } from '../../base/must.ts';
import { KEY_BYTES, lockedBytes, wipe } from '../locked-memory.ts';
import { isSensibleCost, NONCE_BYTES, type PassphraseCost, SALT_BYTES, sealUnder, TAG_BYTES } from './passphrase.ts';

/**
 * What a root key file holds. The one of the first start is 32 octets, the key alone: version 1. A file that is sealed
 * with a passphrase, or has several versions, is (all numbers big-endian):
 *
 * ```
 * magic 16 | sealed 1 | memory KiB 4 | passes 4 | salt 16 | count 1 | count times: version 2, Unix time of making 6 |
 *   sealed: nonce 24, XChaCha20-Poly1305 of the keys with all before it as associated data, tag 16
 *   not sealed: the keys
 * ```
 */
const MAGIC = Buffer.from('SALLYPORT ROOT 1');
const SEALED_AT = MAGIC.length;
const MEMORY_AT = SEALED_AT + 1;
const PASSES_AT = MEMORY_AT + 4;
const SALT_AT = PASSES_AT + 4;
const COUNT_AT = SALT_AT + SALT_BYTES;
const ENTRIES_AT = COUNT_AT + 1;
const ENTRY_BYTES = 8;
const MS_PER_SECOND = 1000;

/** One new version a year, and some for bad days. */
export const VERSIONS_MAX = 100;
export const KEY_FILE_BYTES_MAX = ENTRIES_AT + VERSIONS_MAX * (ENTRY_BYTES + KEY_BYTES) + NONCE_BYTES + TAG_BYTES;

export interface FileVersion {
  readonly version: number;
  /** Null for the key of a file that holds the key alone. */
  readonly madeAtMs: number | null;
}

/** A passphrase that was stretched, and how. */
export interface Stretched {
  readonly key: Buffer;
  readonly salt: Buffer;
  readonly cost: PassphraseCost;
}

/** A file that was read, with its keys where they can be read without a passphrase. */
export interface KeyFile {
  readonly versions: readonly FileVersion[];
  /** How the passphrase is stretched; null where there is none. */
  readonly sealed: Omit<Stretched, 'key'> | null;
  readonly header: Buffer;
  /** The keys one after another, as the file has them. */
  readonly body: Buffer;
}

const broken = (path: string, objection: string): FaultError =>
  new FaultError('root_key_unsafe', { detail: `The root key file ${path} ${objection}.` });

/** What the octets of a file say; throws `root_key_unsafe`. */
export function parseKeyFile(path: string, bytes: Buffer): KeyFile {
  if (bytes.length === KEY_BYTES) {
    return { versions: [{ version: 1, madeAtMs: null }], sealed: null, header: Buffer.alloc(0), body: bytes };
  }
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || bytes.length < ENTRIES_AT)
    throw broken(path, `has ${bytes.length} bytes and is no root key; a root key alone has ${KEY_BYTES}`);
  const count = bytes[COUNT_AT]!;
  const header = bytes.subarray(0, ENTRIES_AT + count * ENTRY_BYTES);
  const body = bytes.subarray(header.length);
  const isSealed = bytes[SEALED_AT] === 1;
  const expected = count * KEY_BYTES + (isSealed ? NONCE_BYTES + TAG_BYTES : 0);
  const versions = entriesOf(header);
  if (body.length !== expected || !isRising(versions)) throw broken(path, 'was cut short or altered');
  return { versions, header, body, sealed: isSealed ? readSealing(path, bytes) : null };
}

function readSealing(path: string, bytes: Buffer): KeyFile['sealed'] {
  const cost = { memoryKib: bytes.readUInt32BE(MEMORY_AT), passes: bytes.readUInt32BE(PASSES_AT) };
  if (!isSensibleCost(cost)) throw broken(path, 'asks for a cost of its passphrase that is out of bounds');
  return { cost, salt: Buffer.from(bytes.subarray(SALT_AT, COUNT_AT)) };
}

const entriesOf = (header: Buffer): FileVersion[] =>
  Array.from({ length: Math.floor((header.length - ENTRIES_AT) / ENTRY_BYTES) }, (_, index) => {
    const at = ENTRIES_AT + index * ENTRY_BYTES;
    const madeAtMs = header.readUIntBE(at + 2, 6) * MS_PER_SECOND;
    return { version: header.readUInt16BE(at), madeAtMs: madeAtMs === 0 ? null : madeAtMs };
  });

const isRising = (versions: readonly FileVersion[]): boolean =>
  versions.length > 0 && versions.every(({ version }, at) => version > (versions[at - 1]?.version ?? 0));

/** The octets of a file with these keys, in locked memory. `nonce` is for the sealing. */
export function formatKeyFile(
  versions: readonly FileVersion[],
  keys: Buffer,
  stretched: Stretched | null,
  nonce: Buffer,
): Buffer {
  must(versions.length <= VERSIONS_MAX && keys.length === versions.length * KEY_BYTES, 'each version has its key');
  const header = headerOf(versions, stretched);
  const body = stretched === null ? keys : sealUnder(stretched.key, nonce, keys, header);
  const bytes = lockedBytes(header.length + body.length);
  header.copy(bytes);
  body.copy(bytes, header.length);
  if (stretched === null) wipe(body);
  return bytes;
}

function headerOf(versions: readonly FileVersion[], stretched: Stretched | null): Buffer {
  const header = Buffer.alloc(ENTRIES_AT + versions.length * ENTRY_BYTES);
  MAGIC.copy(header);
  if (stretched !== null) {
    header[SEALED_AT] = 1;
    header.writeUInt32BE(stretched.cost.memoryKib, MEMORY_AT);
    header.writeUInt32BE(stretched.cost.passes, PASSES_AT);
    stretched.salt.copy(header, SALT_AT);
  }
  header[COUNT_AT] = versions.length;
  for (const [index, { version, madeAtMs }] of versions.entries()) {
    const at = ENTRIES_AT + index * ENTRY_BYTES;
    header.writeUInt16BE(version, at);
    header.writeUIntBE(Math.floor((madeAtMs ?? 0) / MS_PER_SECOND), at + 2, 6);
  }
  return header;
}
