import type { Told } from '../../../messages/index.ts';
import { commandStatus } from '../../../wire/smpp/header.ts';
import { statuses } from '../../../wire/smpp/statuses.ts';
import type { Handler } from './handler.ts';

/** What the application made of a notice. It is not sent again where it says that it never takes it (SMPP 3.4 §5.1.3). */
function toldBy(status: number): Told {
  switch (status) {
    case 0:
      return 'taken';
    case statuses.ESME_RX_P_APPN.value:
    case statuses.ESME_RX_R_APPN.value:
      return 'rejected';
    default:
      return 'refused';
  }
}

export const deliverSmResp: Handler = (session, bytes, at, _length, sequence) =>
  session.noticeAnswered(sequence, toldBy(commandStatus(bytes, at)));

/** A peer that cannot read a PDU answers it with generic_nack (SMPP 3.4 §4.3): a notice among them is not taken. */
export const genericNack: Handler = (session, _bytes, _at, _length, sequence) =>
  session.noticeAnswered(sequence, 'refused');
