import { sign, verify } from 'node:crypto';
import { must, never } from '../../base/must.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { type KeyKind, keyKinds, type SignerKey, type VerifierKey } from './note-key.ts';

const TIMESTAMP_BYTES = 8;
/** Label of the message an ML-DSA-44 cosigner signs: 12 octets (C2SP tlog-cosignature). */
const SUBTREE_LABEL = Buffer.from('subtree/v1\n\0');

/** Whether signatures of that kind carry the time they were made at, in front. */
const isTimed = (kind: KeyKind): boolean => kind !== 'ed25519';

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function shortText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/** `cosigned_message` of C2SP tlog-cosignature, over the whole tree; null when the text is no checkpoint or a name too long. */
function subtreeMessage(name: string, text: string, timestampS: number): Buffer | null {
  const checkpoint = parseCheckpoint(text);
  if (checkpoint === null || Buffer.byteLength(name) > 0xff) return null;
  return Buffer.concat([
    SUBTREE_LABEL,
    shortText(name),
    uint64(timestampS),
    shortText(checkpoint.origin),
    uint64(0),
    uint64(checkpoint.size),
    checkpoint.root,
  ]);
}

/** The octets that are signed; null when a key of that kind cannot sign this text. */
function messageOf({ kind, name }: VerifierKey, text: string, timestampS: number): Buffer | null {
  switch (kind) {
    case 'ed25519':
      return Buffer.from(text);
    case 'ed25519-cosignature':
      return Buffer.from(`cosignature/v1\ntime ${timestampS}\n${text}`);
    case 'ml-dsa-44-cosignature':
      return subtreeMessage(name, text, timestampS);
    default:
      return never(kind);
  }
}

/** The signature of a key over a text; of a cosigner with its time, in seconds since 1970. */
export function signText(key: SignerKey, text: string, timestampS: number): Buffer {
  must(Number.isSafeInteger(timestampS) && timestampS >= 0, 'a cosignature has a time in whole seconds');
  const message = messageOf(key, text, timestampS);
  must(message !== null, 'a cosigner with ML-DSA-44 signs checkpoints');
  const signature = sign(null, message, key.signWith);
  return isTimed(key.kind) ? Buffer.concat([uint64(timestampS), signature]) : signature;
}

/** What a good signature says: when it was made, null where its kind has no time. */
export interface Verified {
  readonly timestampS: number | null;
}

/** Null when it is not the signature of that key over that text. */
export function verifyText(key: VerifierKey, text: string, signature: Buffer): Verified | null {
  const ahead = isTimed(key.kind) ? TIMESTAMP_BYTES : 0;
  if (signature.length !== ahead + keyKinds[key.kind].signatureBytes) return null;
  const timestampS = ahead === 0 ? 0 : Number(signature.readBigUInt64BE(0));
  if (!Number.isSafeInteger(timestampS)) return null;
  const message = messageOf(key, text, timestampS);
  if (message === null || !verify(null, message, key.verifyWith, signature.subarray(ahead))) return null;
  return { timestampS: ahead === 0 ? null : timestampS };
}
