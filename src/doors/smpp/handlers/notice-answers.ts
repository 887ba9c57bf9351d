import { commandStatus } from '../../../wire/smpp/header.ts';
import type { Handler } from './handler.ts';

/** The application has taken a notice, or says why it does not. */
export const deliverSmResp: Handler = (session, bytes, at, _length, sequence) =>
  session.notices.answered(sequence, commandStatus(bytes, at) === 0);

/** A peer that cannot read a PDU answers it with generic_nack (SMPP 3.4 §4.3): a notice among them is not taken. */
export const genericNack: Handler = (session, _bytes, _at, _length, sequence) =>
  session.notices.answered(sequence, false);
