import { type Fault, FaultError } from '../base/fault.ts';
import { BinaryArray, BYTEA, INT4, INT8 } from '../store/index.ts';
import { HASH_BYTES, type RecipientKey, SEALED_NUMBER_BYTES, type Vault, WRAPPED_KEY_BYTES } from '../vault/index.ts';
import type { FoundRecipient } from './recipient.ts';
import type { NewRecipients, ReadRow } from './recipients-store.ts';

export interface Waiter {
  readonly tell: (answer: RecipientKey | Fault) => void;
  /** Whether it is to be met though it is not sent to any more: it has written to us. */
  readonly hasWritten: boolean;
}

/** A number somebody waits for. `key` is its hash as text, one character an octet. */
export interface Meeting {
  readonly accountId: number;
  readonly digits: string;
  readonly key: string;
  readonly waiting: Waiter[];
}

export const keyOf = (hash: Buffer): string => hash.latin1Slice(0, HASH_BYTES);

export function questionOf(batch: readonly Meeting[]): { accountIds: BinaryArray; hashes: BinaryArray } {
  const accountIds = new BinaryArray(INT4, batch.length, 4);
  const hashes = new BinaryArray(BYTEA, batch.length, HASH_BYTES);
  for (const { accountId, key } of batch) {
    accountIds.int4(accountId);
    hashes.bytes.latin1Write(key, hashes.next());
  }
  return { accountIds, hashes };
}

/** Null where the account's key that it is wrapped under is not known here. Throws `seal_broken`, `key_unusable`. */
export function openRow(vault: Vault, accountId: number, row: ReadRow): FoundRecipient | null {
  const recipient = vault.unwrapRecipientKey(accountId, row.id, row.wrapped);
  if (recipient === null) return null;
  const digits = vault.openNumber(row.sealedNumber, recipient);
  if (digits === null) throw new FaultError('key_unusable');
  return { recipient, digits };
}

/**
 * The same of a row that was found by the hash of a number. Its number has to be that one: whoever could exchange the
 * hashes of two people would have what waits for one sent to the other.
 */
export function openRowOf(vault: Vault, { accountId, digits }: Meeting, row: ReadRow): RecipientKey | null {
  const found = openRow(vault, accountId, row);
  if (found === null || found.digits === digits) return found?.recipient ?? null;
  throw new FaultError('seal_broken', { detail: 'The row of a recipient bears the hash of another number.' });
}

/** The rows of people who are to be made, each with its key, which is wrapped under the account key that seals now. */
export function rowsOf(vault: Vault, strangers: readonly Meeting[], keys: readonly RecipientKey[]): NewRecipients {
  const { accountIds, hashes } = questionOf(strangers);
  const ids = new BinaryArray(INT8, keys.length, 8);
  const sealedNumbers = new BinaryArray(BYTEA, keys.length, SEALED_NUMBER_BYTES);
  const wrappedKeys = new BinaryArray(BYTEA, keys.length, WRAPPED_KEY_BYTES);
  for (const [i, key] of keys.entries()) {
    ids.int8(key.id);
    vault.sealNumberInto(sealedNumbers.bytes, sealedNumbers.next(), key, strangers[i]!.digits);
    vault.wrapRecipientKeyInto(wrappedKeys.bytes, wrappedKeys.next(), key);
  }
  return { accountIds, ids, hashes, sealedNumbers, wrappedKeys };
}
