import { type KeyKind, type SignerKey, signerKey } from '../../src/audit/tree/index.ts';

export const ORIGIN = 'sms.example.com/audit';

/** A key that is the same in every run: its seed is one octet, 32 times. */
export const keyOf = (kind: KeyKind, name: string, octet: number): SignerKey =>
  signerKey(kind, name, Buffer.alloc(32, octet));

export const logKey = keyOf('ed25519', ORIGIN, 1);
export const logKeyAfterQuantum = keyOf('ml-dsa-44-cosignature', ORIGIN, 2);
export const witnessKey = keyOf('ed25519-cosignature', 'witness.example.org/w1', 3);
export const witnessKeyAfterQuantum = keyOf('ml-dsa-44-cosignature', 'witness.example.org/w1', 4);
export const otherWitnessKey = keyOf('ed25519-cosignature', 'witness.example.net', 5);

/** Each copy of the octets with one of them changed, by one bit. */
export function* flippedOctets(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1 << (at % 8);
    yield changed;
  }
}
