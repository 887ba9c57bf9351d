import {
  type AuditLog,
  leafHash,
  type ProofFlaw,
  parseProofFile,
  parseVerifierKey,
  verifyProofFile,
} from '../audit/index.ts';
import type { ErasureRow } from './erasure-store.ts';

/** What a certificate of erasure says, as it stands in the audit log. */
export interface ErasureStatement {
  readonly at: string;
  readonly who: string;
  readonly on: readonly string[];
  readonly why: string | null;
  readonly erasure: string;
  readonly messages: number;
  /** Its place in the log, and the log that vouches for it. */
  readonly index: number;
  readonly origin: string;
  readonly size: number;
}

export type CertificateFlaw = ProofFlaw | 'key_malformed' | 'no_erasure';

type ProvingLog = Pick<AuditLog, 'head' | 'entries' | 'proofFile'>;

/**
 * The certificate of an erasure: the entry of the audit log that states it, with the proof that it is in the log that was
 * signed (C2SP tlog-proof). Null as long as no signed checkpoint covers it.
 */
export async function certificateOf(log: ProvingLog, { entry, logSize }: ErasureRow): Promise<string | null> {
  const head = await log.head();
  if (head === null) return null;
  for await (const { index, bytes } of log.entries(logSize, head.size)) {
    if (!bytes.equals(entry)) continue;
    return log.proofFile(index);
  }
  return null;
}

/** Reads a certificate with nothing but the log's public key: what it states, or why it is not to be believed. */
export function readCertificate(file: Buffer, verifier: string): ErasureStatement | CertificateFlaw {
  const key = parseVerifierKey(verifier);
  if (key === null) return 'key_malformed';
  const entry = parseProofFile(file)?.extra ?? null;
  if (entry === null) return 'proof_malformed';
  const policy = { origin: key.name, logKeys: [key], witnesses: [], quorum: 0 };
  const proven = verifyProofFile(file, leafHash(entry), policy);
  if (typeof proven === 'string') return proven;
  const { checkpoint, index } = proven;
  return statementOf(entry, { index, origin: checkpoint.origin, size: checkpoint.size }) ?? 'no_erasure';
}

interface ErasureWords extends Pick<ErasureStatement, 'at' | 'who' | 'on' | 'why'> {
  readonly what: string;
  readonly about: Pick<ErasureStatement, 'erasure' | 'messages'>;
}

/** What is in the log was written there by the gateway; any entry but an erasure is none. */
function statementOf(
  entry: Buffer,
  place: Pick<ErasureStatement, 'index' | 'origin' | 'size'>,
): ErasureStatement | null {
  if (!entry.subarray(0, 1).equals(JSON_BEGINS)) return null;
  const { what, at, who, on, why, about } = JSON.parse(entry.toString()) as ErasureWords;
  if (what !== 'recipient.erased') return null;
  return { at, who, on, why, erasure: about.erasure, messages: about.messages, ...place };
}

const JSON_BEGINS = Buffer.from('{');
