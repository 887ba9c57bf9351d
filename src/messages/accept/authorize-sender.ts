import { fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import { senderKind } from '../../wire/number/sender.ts';
import type { RiverContext } from '../context.ts';
import type { Authorized, Numbered } from '../message.ts';

/** Whether the credential, as it stands now, may send from this sender and this class. */
export function authorizeSender(message: Numbered, { clock }: RiverContext): Verdict<Authorized> {
  const { credential } = message.submission;
  const { verbs, senders, classes } = credential.capability;
  if (credential.revokedAtMs !== null || credential.expiresAtMs <= clock.now())
    return refuse(fault('credential_invalid'));
  if (!verbs.includes('send')) return refuse(fault('verb_not_allowed'));
  const kind = senderKind(message.from);
  if (kind === null) return refuse(fault('invalid_sender', { field: '/from' }));
  if (kind === 'long_code') message.from = parseNumber(message.from)!;
  if (!senders.includes(message.from)) return refuse(fault('sender_not_allowed', { field: '/from' }));
  if (!classes.includes(message.class)) return refuse(fault('class_not_allowed', { field: '/class' }));
  return on(message as Authorized);
}
