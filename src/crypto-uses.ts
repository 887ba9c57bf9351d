import type { Credentials } from './access/index.ts';
import { DAY_MS } from './base/clock.ts';
import { type CertificateInPlace, type OutletsInPlace, outletUses } from './outlet-uses.ts';
import { type CryptoUse, keyPeriods, type RootAge } from './vault/index.ts';

const STAYS = 'Stays: hashes and keys of 256 bits are not weakened to matter.';

/** What the modules above the vault use, as it is at the moment. */
export interface UsesInPlace {
  readonly credentials: Pick<Credentials, 'list'>;
  readonly rootKind: string;
  readonly rootAge: Pick<RootAge, 'versions' | 'sinceMs' | 'dueAtMs'>;
  /** When the secret of each was set, Unix ms. */
  readonly webhooks: readonly number[];
  /** When the signing key of the audit log was made, Unix ms. */
  readonly auditKeyMs: number;
  readonly certificate: CertificateInPlace;
  readonly outlets: OutletsInPlace;
  readonly nowMs: number;
}

/** Uses of cryptography outside of the vault: a row for each, in the order of the inventory. */
export function usesInPlace(inPlace: UsesInPlace): CryptoUse[] {
  const { credentials, rootKind, rootAge, webhooks, auditKeyMs, certificate, outlets, nowMs } = inPlace;
  const live = credentials.list(null).filter((one) => one.revokedAtMs === null && one.expiresAtMs > nowMs);
  return [
    rootKey(rootKind, rootAge),
    hashes(
      'API keys',
      'SHA-256',
      live.filter(({ kind }) => kind === 'api_key'),
    ),
    hashes(
      'SMPP passwords',
      'Argon2id',
      live.filter(({ kind }) => kind === 'smpp'),
    ),
    webhookSecrets(webhooks),
    auditKey(auditKeyMs),
    listenerCertificate(certificate),
    keyAgreement,
    ...outletUses(outlets),
  ];
}

const rootKey = (kind: string, { versions, sinceMs, dueAtMs }: UsesInPlace['rootAge']): CryptoUse => ({
  name: 'root key',
  kind: 'key',
  algorithm: kind === 'pkcs11' ? 'AES-256-GCM' : 'XChaCha20-Poly1305',
  primitive: 'ae',
  bits: 256,
  use: 'Wraps account keys, and nothing else.',
  where:
    { file: 'A file of mode 0600 in the data folder.', pkcs11: 'A PKCS#11 token.', kms: 'A key service.' }[kind] ??
    kind,
  counts: { active: 1, ...(versions.length > 1 && { deactivated: versions.length - 1 }) },
  oldestMs: sinceMs,
  periodMs: keyPeriods.root.protectsMs,
  nextMs: dueAtMs,
  classicalBits: 256,
  quantumLevel: 5,
  postQuantum: 'Stays, in a file. In a token or a service it is what that offers: ask for AES of 256 bits.',
});

const hashes = (name: string, algorithm: 'SHA-256' | 'Argon2id', of: ReturnType<Credentials['list']>): CryptoUse => ({
  name,
  kind: 'hash',
  algorithm,
  primitive: algorithm === 'Argon2id' ? 'kdf' : 'hash',
  bits: 256,
  use: 'Know an application again without knowing its secret.',
  where: 'The table credential.',
  counts: { active: of.length },
  oldestMs: earliest(of.map(({ createdAtMs }) => createdAtMs)),
  periodMs: 365 * DAY_MS,
  nextMs: earliest(of.map(({ expiresAtMs }) => expiresAtMs).filter(Number.isFinite)),
  classicalBits: 256,
  quantumLevel: 2,
  postQuantum: STAYS,
});

const webhookSecrets = (setAtMs: readonly number[]): CryptoUse => ({
  name: 'webhook secrets',
  kind: 'key',
  algorithm: 'HMAC-SHA-256',
  primitive: 'mac',
  bits: 256,
  use: 'Sign what applications are told (Standard Webhooks).',
  where: 'The table webhook, sealed by the record key of the account.',
  counts: { active: setAtMs.length },
  oldestMs: earliest(setAtMs),
  periodMs: null,
  nextMs: null,
  classicalBits: 256,
  quantumLevel: 5,
  postQuantum: STAYS,
});

const auditKey = (madeAtMs: number): CryptoUse => ({
  name: 'signing key of the audit log',
  kind: 'key',
  algorithm: 'Ed25519',
  primitive: 'signature',
  bits: 256,
  use: 'Signs checkpoints of the audit log.',
  where: 'The table audit_key, sealed by the record key of the gateway.',
  counts: { active: 1 },
  oldestMs: madeAtMs,
  periodMs: null,
  nextMs: null,
  classicalBits: 128,
  quantumLevel: 0,
  postQuantum:
    'To be joined by ML-DSA-44 (FIPS 204): checkpoints can be cosigned by witnesses that use it, which keeps old ones true when Ed25519 falls.',
});

const listenerCertificate = ({ fromMs, untilMs, algorithm, bits }: UsesInPlace['certificate']): CryptoUse => ({
  name: 'TLS certificate of the listeners',
  kind: 'certificate',
  algorithm,
  primitive: 'signature',
  bits,
  use: 'Shows applications that they speak to this gateway, over TLS 1.3.',
  where: 'Files of mode 0600; the private key in memory.',
  counts: { active: 1 },
  oldestMs: fromMs,
  periodMs: untilMs - fromMs,
  nextMs: untilMs,
  classicalBits: 128,
  quantumLevel: 0,
  postQuantum:
    'To be exchanged for ML-DSA when clients and authorities have it. It signs handshakes of now, so a later computer does not open what was recorded.',
});

const keyAgreement: CryptoUse = {
  name: 'TLS key agreement',
  kind: 'key',
  algorithm: 'X25519MLKEM768',
  primitive: 'kem',
  bits: 256,
  use: 'Agrees on the keys of each connection; X25519 alone where the peer has no other.',
  where: 'In memory, for one handshake.',
  counts: {},
  oldestMs: null,
  periodMs: null,
  nextMs: null,
  classicalBits: 128,
  quantumLevel: 3,
  postQuantum: 'Done: hybrid with ML-KEM-768 (FIPS 203) wherever the peer can.',
};

const earliest = (times: readonly number[]): number | null =>
  times.length === 0 ? null : times.reduce((least, time) => Math.min(least, time));
