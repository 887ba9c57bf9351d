import type { CryptoUse } from './vault/index.ts';

/** The certificate that a peer is shown: of the listeners, or of an export. */
export interface CertificateInPlace {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly algorithm: string;
  readonly bits: number;
}

/** What takes the audit log elsewhere, as it is set. */
export interface OutletsInPlace {
  /** Receivers that are reached over TLS. */
  readonly receivers: number;
  readonly exportTls: 'TLSv1.2' | 'TLSv1.3';
  /** What receivers are shown; null where nothing is set, `unreadable` where the file cannot be read. */
  readonly exportCertificate: CertificateInPlace | 'unreadable' | null;
  /** The algorithm of the key of each witness. */
  readonly witnessKeys: readonly ('ed25519' | 'ml-dsa-44')[];
}

const NOW_ONLY = 'It signs handshakes of now, so a later computer does not open what was recorded.';

/** Uses of cryptography by the export of the audit log and by its witnesses. A row is there where its setting is. */
export function outletUses({ receivers, exportTls, exportCertificate, witnessKeys }: OutletsInPlace): CryptoUse[] {
  const ed25519 = witnessKeys.filter((algorithm) => algorithm === 'ed25519').length;
  const mlDsa = witnessKeys.length - ed25519;
  return [
    ...(receivers > 0 ? [receiverTls(receivers, exportTls)] : []),
    ...(exportCertificate === null ? [] : [exportedCertificate(exportCertificate)]),
    ...(witnessKeys.length > 0 ? [witnessTls(witnessKeys.length)] : []),
    ...(ed25519 > 0 ? [witnessKey('Ed25519', ed25519)] : []),
    ...(mlDsa > 0 ? [witnessKey('ML-DSA-44', mlDsa)] : []),
  ];
}

const agreed = {
  kind: 'key',
  algorithm: 'X25519MLKEM768',
  primitive: 'kem',
  bits: 256,
  where: 'In memory, for one connection.',
  oldestMs: null,
  periodMs: null,
  nextMs: null,
  classicalBits: 128,
} as const;

/** TLS 1.2 has no hybrid groups (draft-ietf-tls-ecdhe-mlkem is for 1.3), so a receiver that is let down to it is recorded as such. */
const receiverTls = (count: number, oldest: OutletsInPlace['exportTls']): CryptoUse => ({
  ...agreed,
  name: 'TLS to receivers of the audit log',
  use: `Brings them the log, over ${oldest === 'TLSv1.3' ? 'TLS 1.3' : 'TLS 1.2 or 1.3'}; their certificates are verified.`,
  counts: { active: count },
  quantumLevel: oldest === 'TLSv1.3' ? 3 : 0,
  postQuantum:
    oldest === 'TLSv1.3'
      ? 'Done: hybrid with ML-KEM-768 (FIPS 203) wherever the receiver can.'
      : 'Take audit.exportTls back to TLSv1.3: below it no agreement holds against a quantum computer.',
});

const witnessTls = (count: number): CryptoUse => ({
  ...agreed,
  name: 'TLS to witnesses',
  use: 'Asks them to cosign, over TLS 1.3; their certificates are verified.',
  counts: { active: count },
  quantumLevel: 3,
  postQuantum: 'Done: hybrid with ML-KEM-768 (FIPS 203) wherever the witness can; what is sent is public besides.',
});

function exportedCertificate(certificate: CertificateInPlace | 'unreadable'): CryptoUse {
  const isThere = certificate !== 'unreadable';
  return {
    name: 'TLS certificate shown to receivers',
    kind: 'certificate',
    algorithm: isThere ? certificate.algorithm : 'unknown',
    primitive: 'signature',
    bits: isThere ? certificate.bits : 0,
    use: 'Shows receivers of the audit log that it comes from this gateway.',
    where: isThere
      ? 'The files of audit.exportCertFile and audit.exportKeyFile; the private key in memory while it connects.'
      : 'The file of audit.exportCertFile, which cannot be read.',
    counts: { active: isThere ? 1 : 0 },
    oldestMs: isThere ? certificate.fromMs : null,
    periodMs: isThere ? certificate.untilMs - certificate.fromMs : null,
    nextMs: isThere ? certificate.untilMs : null,
    classicalBits: 128,
    quantumLevel: 0,
    postQuantum: `To be exchanged for ML-DSA when receivers and authorities have it. ${NOW_ONLY}`,
  };
}

const witnessKey = (algorithm: 'Ed25519' | 'ML-DSA-44', count: number): CryptoUse => ({
  name: `keys of witnesses, ${algorithm}`,
  kind: 'key',
  algorithm,
  primitive: 'signature',
  bits: algorithm === 'Ed25519' ? 256 : 10_496,
  use: 'Verify what witnesses cosign.',
  where: 'Public halves in audit.witnesses. The private ones are files of mode 0600 where the witnesses run.',
  counts: { active: count },
  oldestMs: null,
  periodMs: null,
  nextMs: null,
  classicalBits: 128,
  quantumLevel: algorithm === 'Ed25519' ? 0 : 2,
  postQuantum:
    algorithm === 'Ed25519'
      ? 'To be joined by witnesses with ML-DSA-44 (FIPS 204): a cosignature of one keeps a checkpoint true when Ed25519 falls.'
      : 'Done: ML-DSA-44 (FIPS 204).',
});
