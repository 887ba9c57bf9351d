import { type StatusName, statuses } from '../../wire/smpp/statuses.ts';
import type { AfterRefusal, HandOver } from '../carrier.ts';

/** What follows a refusal, and why. */
interface Row {
  readonly next: AfterRefusal;
  readonly why: string;
}

const OUR_PDU = 'The carrier cannot read or does not take what we send in this form; another one may.';
const NOT_HERE = 'This carrier does not do that for us; another one may.';
const SESSION = 'It is about the session and not about the message: it may go when that is bound again.';
const ADDRESS = 'The handset has no such address, whoever is asked.';
const NOT_ASKED = 'It answers something that was not asked with a message.';

const row = (next: AfterRefusal, why: string): Row => ({ next, why });

/**
 * What follows each command_status of a submit_sm_resp, data_sm_resp or generic_nack (SMPP 3.4 §5.1.3, SMPP 5.0 §4.7.6).
 * A message that another carrier may take goes there; `fail` is for what no carrier can do.
 */
export const submitPolicy: Readonly<Record<Exclude<StatusName, 'ESME_ROK'> | (string & {}), Row>> = {
  ESME_RTHROTTLED: row('slow down', 'We were too fast for it.'),
  ESME_RMSGQFUL: row('slow down', 'Its queue is full.'),
  ESME_RSYSERR: row('retry', 'The carrier is in trouble.'),
  ESME_RX_T_APPN: row('retry', 'The carrier says that it is for now.'),
  ESME_RUNKNOWNERR: row('retry', 'The carrier does not say why: it may be in trouble.'),
  ESME_RINVBNDSTS: row('retry', SESSION),
  ESME_RALYBND: row('retry', SESSION),
  ESME_RBINDFAIL: row('retry', SESSION),
  ESME_RINVPASWD: row('retry', SESSION),
  ESME_RINVSYSID: row('retry', SESSION),
  ESME_RINVDSTADR: row('fail', ADDRESS),
  ESME_RX_P_APPN: row('fail', 'The carrier says that it is for good.'),
  ESME_RX_R_APPN: row('fail', 'The carrier rejects the message itself.'),
  ESME_RDELIVERYFAILURE: row('fail', 'The carrier tried to deliver it and could not.'),
  ESME_RSUBMITFAIL: row('other route', 'The carrier does not take it, for a reason of its own.'),
  ESME_RPROHIBITED: row('other route', 'Our contract with this carrier does not allow it.'),
  ESME_RINVSRCADR: row('other route', 'The sender is not known to this carrier.'),
  ESME_RINVSRCTON: row('other route', OUR_PDU),
  ESME_RINVSRCNPI: row('other route', OUR_PDU),
  ESME_RINVDSTTON: row('other route', OUR_PDU),
  ESME_RINVDSTNPI: row('other route', OUR_PDU),
  ESME_RINVMSGLEN: row('other route', OUR_PDU),
  ESME_RINVCMDLEN: row('other route', OUR_PDU),
  ESME_RINVCMDID: row('other route', OUR_PDU),
  ESME_RINVPRTFLG: row('other route', OUR_PDU),
  ESME_RINVREGDLVFLG: row('other route', OUR_PDU),
  ESME_RINVESMCLASS: row('other route', OUR_PDU),
  ESME_RINVSYSTYP: row('other route', OUR_PDU),
  ESME_RINVREPFLAG: row('other route', OUR_PDU),
  ESME_RINVSCHED: row('other route', OUR_PDU),
  ESME_RINVEXPIRY: row('other route', OUR_PDU),
  ESME_RINVDFTMSGID: row('other route', OUR_PDU),
  ESME_RINVOPTPARSTREAM: row('other route', OUR_PDU),
  ESME_ROPTPARNOTALLWD: row('other route', OUR_PDU),
  ESME_RINVPARLEN: row('other route', OUR_PDU),
  ESME_RMISSINGOPTPARAM: row('other route', OUR_PDU),
  ESME_RINVOPTPARAMVAL: row('other route', OUR_PDU),
  ESME_RINVDCS: row('other route', OUR_PDU),
  ESME_RINVSRCADDRSUBUNIT: row('other route', OUR_PDU),
  ESME_RINVDSTADDRSUBUNIT: row('other route', OUR_PDU),
  ESME_RINVSERTYP: row('other route', NOT_HERE),
  ESME_RSERTYPUNAUTH: row('other route', NOT_HERE),
  ESME_RSERTYPUNAVAIL: row('other route', NOT_HERE),
  ESME_RSERTYPDENIED: row('other route', NOT_HERE),
  ESME_RINVMSGID: row('other route', NOT_ASKED),
  ESME_RCANCELFAIL: row('other route', NOT_ASKED),
  ESME_RREPLACEFAIL: row('other route', NOT_ASKED),
  ESME_RQUERYFAIL: row('other route', NOT_ASKED),
  ESME_RINVNUMDESTS: row('other route', NOT_ASKED),
  ESME_RINVDLNAME: row('other route', NOT_ASKED),
  ESME_RINVDESTFLAG: row('other route', NOT_ASKED),
  ESME_RINVSUBREP: row('other route', NOT_ASKED),
  ESME_RCNTSUBDL: row('other route', NOT_ASKED),
  ESME_RINVNUMMSGS: row('other route', NOT_ASKED),
  ESME_RINVBCASTFREQINT: row('other route', NOT_ASKED),
  ESME_RINVBCASTALIAS_NAME: row('other route', NOT_ASKED),
  ESME_RINVBCASTAREAFMT: row('other route', NOT_ASKED),
  ESME_RINVNUMBCAST_AREAS: row('other route', NOT_ASKED),
  ESME_RINVBCASTCNTTYPE: row('other route', NOT_ASKED),
  ESME_RINVBCASTMSGCLASS: row('other route', NOT_ASKED),
  ESME_RBCASTFAIL: row('other route', NOT_ASKED),
  ESME_RBCASTQUERYFAIL: row('other route', NOT_ASKED),
  ESME_RBCASTCANCELFAIL: row('other route', NOT_ASKED),
  ESME_RINVBCAST_REP: row('other route', NOT_ASKED),
  ESME_RINVBCASTSRVGRP: row('other route', NOT_ASKED),
  ESME_RINVBCASTCHANIND: row('other route', NOT_ASKED),
};

/** Values with a meaning of the carrier's own (0x400 to 0x4FF), and those that no version of SMPP has given a meaning. */
export const otherStatuses = {
  vendor: row(
    'other route',
    'It is a code of this carrier alone. Where it is known to pass, say so with statusPolicy.',
  ),
  reserved: row('fail', 'No version of SMPP gives this code a meaning, so nothing says that it could pass.'),
} as const;
const VENDOR_FROM = 0x400;
const VENDOR_TO = 0x4ff;

const byValue = new Map<number, Row>(
  Object.entries(statuses).flatMap(([name, { value }]) => {
    const found = submitPolicy[name];
    return found ? [[value, found] as const] : [];
  }),
);

/** What follows a command_status, and why; the operator's word for this carrier goes first. */
export const policyOf = (status: number): Row =>
  byValue.get(status) ?? otherStatuses[status >= VENDOR_FROM && status <= VENDOR_TO ? 'vendor' : 'reserved'];

const NO_OVERRIDES: ReadonlyMap<number, AfterRefusal> = new Map();

export const nextAfter = (status: number, overrides = NO_OVERRIDES): AfterRefusal =>
  overrides.get(status) ?? policyOf(status).next;

/** What becomes of a part when something else comes than an answer to it, and why. */
export const withoutAnswer = {
  /** The connection could not be had: refused, no way there, a failed handshake, a refused or unanswered bind. */
  not_connected: { result: { kind: 'unsent' }, why: 'Nothing is handed to a bind that is not bound: it waits.' },
  connection_lost: { result: { kind: 'lost' }, why: 'It was written, and the carrier may have read it.' },
  connection_lost_before: {
    result: { kind: 'unsent' },
    why: 'It was still behind another write of ours: the kernel has seen no octet of it.',
  },
  response_overdue: { result: { kind: 'lost' }, why: 'The carrier may have taken it and may answer yet.' },
  no_message_id: { result: { kind: 'lost' }, why: 'The carrier took it and gave it no id: only its receipt can tell.' },
  unbound: { result: { kind: 'lost' }, why: 'The carrier said goodbye, and did not give the answers that were due.' },
} as const satisfies Record<string, { readonly result: HandOver; readonly why: string }>;

const CODE_MAX = 0x7fff_ffff;

/** A command_status as it is recorded. SMPP 3.4 §5.1.3 ends at 0x4FF; what a hostile SMSC makes up fits no record. */
export const recordedCode = (status: number): number => (status <= CODE_MAX ? status : statuses.ESME_RUNKNOWNERR.value);
