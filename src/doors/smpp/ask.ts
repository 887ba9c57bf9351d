import { type Fault, fault, faults } from '../../base/fault.ts';
import { errorText } from '../../base/log.ts';
import { responseName } from '../../wire/smpp/commands.ts';
import type { Session } from './session.ts';

/** Asks the river something that takes a while, and answers in the turn in which it is known. It counts in the window. */
export async function ask<T extends object | null>(
  session: Session,
  question: Promise<T | Fault>,
  answer: (known: T | Fault) => void,
): Promise<void> {
  session.asked();
  const known = await question.catch((error: unknown) => failed(session, error));
  session.answered();
  if (session.isOpen) answer(known);
}

/** A request about messages counts in the rate as a message does: whether it is beyond, and is answered so. */
export function isThrottled(
  session: Session,
  name: 'query_sm' | 'cancel_sm' | 'replace_sm',
  sequence: number,
): boolean {
  if (session.takesMessage()) return false;
  session.answer(responseName(name)!, faults.throttled.smpp, sequence);
  return true;
}

/** The river could not be asked: the store is away. */
export function failed(session: Session, error: unknown): Fault {
  session.deps.log.warn('smpp_request_failed', { session: session.id, cause: errorText(error) });
  return fault('store_unavailable');
}

/** The command_status that tells why a request about a message is refused; `ofOperation` is the one of its operation. */
export const statusOf = ({ code }: Fault, ofOperation: number): number =>
  code === 'verb_not_allowed' ? ofOperation : faults[code].smpp;
