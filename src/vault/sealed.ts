import type { Id } from '../base/id.ts';
import { must } from '../base/must.ts';
import type { Binding } from './envelope.ts';

/** A recipient whose key is in locked memory, at `at` in `slab`. Whoever holds it holds that key and never another. */
export interface RecipientKey {
  readonly accountId: number;
  readonly id: number;
  readonly slab: Buffer;
  readonly at: number;
}

/** What of a message decides how its body is sealed. */
export interface SealedMessage {
  readonly accountId: number;
  readonly id: Id;
  readonly recipient: RecipientKey;
  /**
   * When nobody may read the body any more, Unix ms: it is sealed under the key of the window that this is in, not of its
   * day. Null for a body that is kept.
   */
  readonly codeEndsAtMs: number | null;
  /** Of a body that took the place of another, the how manieth it is; left out for the first. */
  readonly revision?: number;
}

/** A body as it was read from the store; null where it was not read. */
export interface StoredBody {
  readonly accountId: number;
  readonly id: Id;
  readonly codeEndsAtMs: number | null;
  readonly sealedBody: Buffer | null;
}

export function bodyBinding({ accountId, id, recipient, revision = 0 }: SealedMessage): Binding {
  must(recipient.accountId === accountId, 'a message goes to a recipient of its own account');
  return { purpose: 'body', accountId, record: id, revision };
}

export const recipientBinding = (
  purpose: 'recipient key' | 'number',
  { accountId, id }: Pick<RecipientKey, 'accountId' | 'id'>,
): Binding => ({
  purpose,
  accountId,
  record: id,
  revision: 0,
});
