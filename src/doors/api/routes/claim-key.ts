import { must } from '../../../base/must.ts';
import type { Claim, Messages } from '../../../messages/index.ts';
import type { Call } from '../call.ts';
import { idempotencyKey } from '../idempotency.ts';

/** What an Idempotency-Key was claimed for: ids, and answers that were given before. */
export type Ticket = Extract<Claim, { kind: 'claimed' }>;

/** Claims the call's Idempotency-Key, if it has one, and goes on; a key that is refused ends the call. */
export function claimKey(
  call: Pick<Call, 'request' | 'refuse' | 'after'>,
  messages: Messages,
  accountId: number,
  count: number,
  goOn: (ticket: Ticket | null) => void,
): void {
  const key = idempotencyKey(call.request.headers);
  if (key === null) {
    goOn(null);
  } else if (typeof key === 'object') {
    call.refuse(key);
  } else {
    const { bodyHash } = call.request;
    must(bodyHash !== null, 'a body with an Idempotency-Key was hashed');
    call.after(messages.claim(accountId, key, bodyHash, count), (claim) => {
      if (claim.kind === 'claimed') goOn(claim);
      else call.refuse(claim.fault);
    });
  }
}
