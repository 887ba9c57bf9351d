import type { KeyCount } from './key-life-store.ts';
import { keyPeriods, type PeriodOf } from './key-states.ts';

/** What the gateway does with an algorithm: the words of CycloneDX 1.6, `cryptoProperties`. */
export type Primitive = 'ae' | 'kdf' | 'mac' | 'hash' | 'signature' | 'kem';

/** One use of cryptography: a kind of key, hash or certificate. The inventory is a list of them (OWASP ASVS 5.0 11.1.2). */
export interface CryptoUse {
  /** Stable, and the key of the inventory. */
  readonly name: string;
  readonly kind: 'key' | 'hash' | 'certificate';
  /** As its standard writes it. */
  readonly algorithm: string;
  readonly primitive: Primitive;
  /** Of the key, or of the output of a hash. */
  readonly bits: number;
  readonly use: string;
  /** Where it lies, and what protects it there. */
  readonly where: string;
  /** How many there are, by state. A hash or certificate is `active` while it counts. */
  readonly counts: Readonly<Record<string, number>>;
  /** When the oldest active one was made, Unix milliseconds; null where that is not known. */
  readonly oldestMs: number | null;
  /** How long one protects what is new; null for as long as what it is for. */
  readonly periodMs: number | null;
  /** When the next one is exchanged or ends; null for never, or not known. */
  readonly nextMs: number | null;
  /** Bits of security against classical computers, and the category of NIST against quantum ones (0: none). */
  readonly classicalBits: number;
  readonly quantumLevel: 0 | 1 | 2 | 3 | 4 | 5;
  /** What happens to it before a quantum computer matters (OWASP ASVS 5.0 11.1.4). */
  readonly postQuantum: string;
}

const SYMMETRIC =
  'Stays: a symmetric key of 256 bits is in the highest category of NIST. The algorithm octet of an envelope names its successor, should one be needed.';

interface VaultUse {
  readonly name: string;
  readonly of: PeriodOf & KeyCount['kind'];
  readonly algorithm: string;
  readonly primitive: Primitive;
  readonly use: string;
  readonly where: string;
}

const vaultTable: readonly VaultUse[] = [
  {
    name: 'account keys',
    of: 'account',
    algorithm: 'XChaCha20-Poly1305',
    primitive: 'ae',
    use: 'Wrap the other keys of their account.',
    where: 'vault.key, wrapped by the root key.',
  },
  {
    name: 'day keys',
    of: 'day',
    algorithm: 'XChaCha20-Poly1305',
    primitive: 'ae',
    use: 'With the key of the recipient (keyed BLAKE2b of both), seal the messages of one UTC day.',
    where: 'vault.key, wrapped by the account key.',
  },
  {
    name: 'code keys',
    of: 'code',
    algorithm: 'XChaCha20-Poly1305',
    primitive: 'ae',
    use: 'With the key of the recipient, seal the one-time codes that end within the same ten minutes; then they are destroyed.',
    where: 'vault.code_key, wrapped by the account key of the gateway; in no backup.',
  },
  {
    name: 'recipient keys',
    of: 'recipient',
    algorithm: 'XChaCha20-Poly1305',
    primitive: 'ae',
    use: 'Seal the number of one person, and with the key of the day every message to that person.',
    where: 'vault.recipient_key, wrapped by the account key.',
  },
  {
    name: 'record keys',
    of: 'record',
    algorithm: 'XChaCha20-Poly1305',
    primitive: 'ae',
    use: 'Seal passwords of carriers, secrets of webhooks and the signing key of the audit log.',
    where: 'vault.key, wrapped by the account key.',
  },
  {
    name: 'index keys',
    of: 'index',
    algorithm: 'BLAKE2b',
    primitive: 'mac',
    use: 'Hash numbers, 16 octets each, so that a person is found again, requests with an Idempotency-Key, 32 each; that of the gateway, through a key made from it, what its register of settings says.',
    where: 'vault.key, wrapped by the account key.',
  },
];

const BITS = 256;

/** The keys of the vault itself, from the count of what there is. */
export function vaultUses(counts: readonly KeyCount[]): CryptoUse[] {
  return vaultTable.map(({ of, ...row }) => {
    const own = counts.filter(({ kind }) => kind === of);
    const { protectsMs } = keyPeriods[of];
    const oldestMs = own.find(({ state }) => state === 'active')?.oldestMs ?? null;
    return {
      ...row,
      kind: 'key',
      bits: BITS,
      counts: Object.fromEntries(own.map(({ state, count }) => [state, count])),
      oldestMs,
      periodMs: protectsMs,
      // The next key of a day is made ahead and begins by itself: nobody has to see to it.
      nextMs: of === 'day' || protectsMs === null || oldestMs === null ? null : oldestMs + protectsMs,
      classicalBits: BITS,
      quantumLevel: 5,
      postQuantum: SYMMETRIC,
    };
  });
}
