import { fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import { parseNumber } from '../../wire/number/e164.ts';
import type { Draft, Numbered } from '../message.ts';

/** The recipient as E.164 digits, where it is a possible number. */
export function normalizeNumber(message: Draft): Verdict<Numbered> {
  message.to = parseNumber(message.submission.to);
  return message.to === null ? refuse(fault('invalid_number', { field: '/to' })) : on(message as Numbered);
}
