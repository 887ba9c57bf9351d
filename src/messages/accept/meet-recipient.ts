import { on, refuse, type Verdict } from '../../base/verdict.ts';
import type { Recipient } from '../../consent/index.ts';
import type { RiverContext } from '../context.ts';
import type { Allowed, Met } from '../message.ts';

/** Who it is for: from memory, or from the store together with all others that are asked for meanwhile. */
export function meetRecipient(
  message: Allowed,
  { recipients }: RiverContext,
  then: (verdict: Verdict<Met>) => void,
): Verdict<Met> | null {
  const known = recipients.known(message.accountId, message.to);
  if (known) return meets(message, known);
  recipients.meet(message.accountId, message.to, (answer) => {
    then('code' in answer ? refuse(answer) : meets(message, answer));
  });
  return null;
}

function meets(message: Allowed, recipient: Recipient): Verdict<Met> {
  (message as { recipient: Recipient }).recipient = recipient;
  return on(message as Met);
}
