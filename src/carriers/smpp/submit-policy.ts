import { statuses } from '../../wire/smpp/statuses.ts';
import type { AfterRefusal } from '../carrier.ts';

/** What follows from a command_status in a submit_sm_resp. What is not here is refused for good (SMPP 3.4 §5.1.3). */
const policy = new Map<number, AfterRefusal>([
  [statuses.ESME_RTHROTTLED.value, 'slow down'],
  [statuses.ESME_RMSGQFUL.value, 'slow down'],
  [statuses.ESME_RSYSERR.value, 'retry'],
  [statuses.ESME_RX_T_APPN.value, 'retry'],
]);

export const nextAfter = (status: number): AfterRefusal => policy.get(status) ?? 'fail';

const CODE_MAX = 0x7fff_ffff;

/** A command_status as it is recorded. SMPP 3.4 §5.1.3 ends at 0x4FF; what a hostile SMSC makes up fits no record. */
export const recordedCode = (status: number): number => (status <= CODE_MAX ? status : statuses.ESME_RUNKNOWNERR.value);
