import { type CommandName, commands } from './commands.ts';
import { type StatusName, statuses, statusName } from './statuses.ts';
import { type Tlvs, tlvName, tlvs as tlvTable } from './tlvs.ts';

/** What a session speaks, as interface_version has it: SMPP 3.3, 3.4 or 5.0. */
export type Version = 0x33 | 0x34 | 0x50;

export const VERSION_3_3 = 0x33;
export const VERSION_3_4 = 0x34;
export const VERSION_5_0 = 0x50;

/**
 * The version meant by an interface_version or sc_interface_version (SMPP 3.4 §5.2.4, SMPP 5.0 §4.7.13): 0x00 to 0x33 stand
 * for 3.3 and older. A value that no specification gives, like 0x35 or 0xff, is taken for 3.4: its sender knows of TLVs, and
 * everybody who knows more understands 3.4 too.
 */
export function versionOf(said: number): Version {
  if (said === VERSION_5_0) return VERSION_5_0;
  return said >= VERSION_3_4 ? VERSION_3_4 : VERSION_3_3;
}

/** What two sides speak that know these versions. */
export const commonVersion = (one: Version, other: Version): Version => (one < other ? one : other);

/**
 * What a session with an SMSC speaks that was bound with `asked` and answered with this sc_interface_version, null where it
 * gave none. By SMPP 3.4 §5.3.2.25 such an SMSC knows no TLVs; in the field many leave it out and know them, so it is taken
 * to speak 3.4.
 */
export const versionWithSmsc = (asked: Version, said: number | null): Version =>
  commonVersion(asked, said === null ? VERSION_3_4 : versionOf(said));

/** The TLVs of a bind's answer: the version spoken from here on, and nothing to who knows no TLVs. */
export const bindAnswerTlvs = (version: Version): Tlvs =>
  version === VERSION_3_3 ? {} : { sc_interface_version: version };

/** PDUs that an older version does not have. */
const commandSince: Partial<Record<CommandName, Version>> = {
  bind_transceiver: VERSION_3_4,
  bind_transceiver_resp: VERSION_3_4,
  outbind: VERSION_3_4,
  alert_notification: VERSION_3_4,
  data_sm: VERSION_3_4,
  data_sm_resp: VERSION_3_4,
  broadcast_sm: VERSION_5_0,
  broadcast_sm_resp: VERSION_5_0,
  query_broadcast_sm: VERSION_5_0,
  query_broadcast_sm_resp: VERSION_5_0,
  cancel_broadcast_sm: VERSION_5_0,
  cancel_broadcast_sm_resp: VERSION_5_0,
};

const sinceById = new Map<number, Version>(
  Object.entries(commandSince).map(([name, since]) => [commands[name as CommandName], since]),
);

/** Whether this version has this command_id. One that nobody knows is left to those who look for its meaning. */
export const hasCommand = (version: Version, command: number): boolean =>
  (sinceById.get(command) ?? VERSION_3_3) <= version;

/** Whether a TLV may be sent to who speaks this version: none to 3.3, those of vendors to all others. */
export function hasTlv(version: Version, tag: number): boolean {
  if (version === VERSION_3_3) return false;
  const name = tlvName(tag);
  return name === null || tlvTable[name].since <= version;
}

/** What stands for a status that an older version does not have, and since when it is there. */
const olderStatus: Partial<Record<StatusName, { readonly since: Version; readonly before: StatusName }>> = {
  ESME_RINVOPTPARSTREAM: { since: VERSION_3_4, before: 'ESME_RINVCMDLEN' },
  ESME_ROPTPARNOTALLWD: { since: VERSION_3_4, before: 'ESME_RINVCMDLEN' },
  ESME_RINVPARLEN: { since: VERSION_3_4, before: 'ESME_RINVCMDLEN' },
  ESME_RMISSINGOPTPARAM: { since: VERSION_3_4, before: 'ESME_RINVCMDLEN' },
  ESME_RINVOPTPARAMVAL: { since: VERSION_3_4, before: 'ESME_RSUBMITFAIL' },
  ESME_RDELIVERYFAILURE: { since: VERSION_3_4, before: 'ESME_RSUBMITFAIL' },
  ESME_RUNKNOWNERR: { since: VERSION_3_4, before: 'ESME_RSYSERR' },
  ESME_RSERTYPUNAUTH: { since: VERSION_5_0, before: 'ESME_RINVSERTYP' },
  ESME_RPROHIBITED: { since: VERSION_5_0, before: 'ESME_RSUBMITFAIL' },
  ESME_RSERTYPUNAVAIL: { since: VERSION_5_0, before: 'ESME_RINVSERTYP' },
  ESME_RSERTYPDENIED: { since: VERSION_5_0, before: 'ESME_RINVSERTYP' },
  ESME_RINVDCS: { since: VERSION_5_0, before: 'ESME_RSUBMITFAIL' },
  ESME_RINVSRCADDRSUBUNIT: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVDSTADDRSUBUNIT: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVBCASTFREQINT: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVBCASTALIAS_NAME: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVBCASTAREAFMT: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVNUMBCAST_AREAS: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVBCASTCNTTYPE: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVBCASTMSGCLASS: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RBCASTFAIL: { since: VERSION_5_0, before: 'ESME_RSUBMITFAIL' },
  ESME_RBCASTQUERYFAIL: { since: VERSION_5_0, before: 'ESME_RQUERYFAIL' },
  ESME_RBCASTCANCELFAIL: { since: VERSION_5_0, before: 'ESME_RCANCELFAIL' },
  ESME_RINVBCAST_REP: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVBCASTSRVGRP: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
  ESME_RINVBCASTCHANIND: { since: VERSION_5_0, before: 'ESME_RINVOPTPARAMVAL' },
};

/** The command_status that tells who speaks this version what `status` means. Those of vendors stay as they are. */
export function statusFor(version: Version, status: number): number {
  const name = statusName(status);
  const older = name === null ? undefined : olderStatus[name];
  return older === undefined || older.since <= version ? status : statusFor(version, statuses[older.before].value);
}
