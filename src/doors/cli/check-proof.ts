import {
  leafHash,
  parseProofFile,
  parseVerifierKey,
  showEntry,
  type VerifierKey,
  verifyProofFile,
} from '../../audit/index.ts';
import { entryName } from '../../messages/index.ts';
import type { AuditEntry } from './audit-words.ts';
import { trouble } from './trouble.ts';

export interface CheckedProof {
  readonly origin: string;
  readonly index: number | null;
  readonly size: number | null;
  readonly entry: AuditEntry | null;
  /** The names of the witnesses that were asked for, and have cosigned. */
  readonly witnesses: readonly string[];
  /** Why it proves nothing; null where it does. */
  readonly flaw: string | null;
}

function keyOf(vkey: string): VerifierKey {
  const key = parseVerifierKey(vkey);
  if (key === null) throw trouble('usage', 'The key is no key that notes are verified with.');
  return key;
}

/** What a `.tlog-proof` file shows to who trusts that key, if all of these witnesses have cosigned too. */
export function checkedProof(bytes: Buffer, vkey: string, witnessKeys: readonly string[] = []): CheckedProof {
  const key = keyOf(vkey);
  const witnesses = witnessKeys.map(keyOf);
  const quorum = new Set(witnesses.map(({ name }) => name)).size;
  const nothing = { origin: key.name, index: null, size: null, entry: null, witnesses: [] };
  const extra = parseProofFile(bytes)?.extra ?? null;
  if (extra === null) return { ...nothing, flaw: 'it is no proof file with an entry in it' };
  const policy = { origin: key.name, logKeys: [key], witnesses, quorum };
  const proven = verifyProofFile(bytes, leafHash(extra), policy);
  if (typeof proven === 'string') return { ...nothing, flaw: proven };
  const { index, checkpoint, cosignatures } = proven;
  const entry = showEntry(index, extra, entryName);
  const names = [...new Set(cosignatures.map(({ name }) => name))];
  return { origin: key.name, index, size: checkpoint.size, entry, witnesses: names, flaw: null };
}
