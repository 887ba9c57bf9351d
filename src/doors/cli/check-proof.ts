import { leafHash, parseProofFile, parseVerifierKey, showEntry, verifyProofFile } from '../../audit/index.ts';
import { stateOf } from '../../messages/index.ts';
import type { AuditEntry } from './audit-words.ts';
import { trouble } from './trouble.ts';

export interface CheckedProof {
  readonly origin: string;
  readonly index: number | null;
  readonly size: number | null;
  readonly entry: AuditEntry | null;
  /** Why it proves nothing; null where it does. */
  readonly flaw: string | null;
}

/** What a `.tlog-proof` file shows to who trusts that key. */
export function checkedProof(bytes: Buffer, vkey: string): CheckedProof {
  const key = parseVerifierKey(vkey);
  if (key === null) throw trouble('usage', 'The key is no key that notes are verified with.');
  const nothing = { origin: key.name, index: null, size: null, entry: null };
  const extra = parseProofFile(bytes)?.extra ?? null;
  if (extra === null) return { ...nothing, flaw: 'it is no proof file with an entry in it' };
  const policy = { origin: key.name, logKeys: [key], witnesses: [], quorum: 0 };
  const proven = verifyProofFile(bytes, leafHash(extra), policy);
  if (typeof proven === 'string') return { ...nothing, flaw: proven };
  const { index, checkpoint } = proven;
  const entry = showEntry(index, extra, (state) => stateOf(state) ?? String(state));
  return { origin: key.name, index, size: checkpoint.size, entry, flaw: null };
}
