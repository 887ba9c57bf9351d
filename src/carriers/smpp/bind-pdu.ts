import { never } from '../../base/must.ts';
import type { Secret } from '../../base/secret.ts';
import type { BrokenReason } from '../../transport/index.ts';
import { decode, isDecodeFault, type Pdu } from '../../wire/smpp/decode.ts';
import { commandStatus } from '../../wire/smpp/header.ts';
import type { PduFields } from '../../wire/smpp/pdus.ts';
import { statusName } from '../../wire/smpp/statuses.ts';
import { type Version, versionWithSmsc } from '../../wire/smpp/version.ts';
import type { LinkSettings } from './settings.ts';

export type BindKind = 'transceiver' | 'transmitter' | 'receiver';

/** What is said in a bind, SMPP 3.4 §4.1. An address_range is of use to those that receive only. */
export const bindFields = (
  settings: Pick<LinkSettings, 'systemId' | 'systemType' | 'interfaceVersion' | 'addressRange'>,
  password: Secret,
  kind: BindKind,
): Partial<PduFields<'bind_transceiver'>> => ({
  system_id: settings.systemId,
  password: password.reveal(),
  system_type: settings.systemType,
  interface_version: settings.interfaceVersion,
  address_range: kind === 'transmitter' ? '' : settings.addressRange,
});

export interface BindAnswer {
  /** Why it was refused: the name of its command_status, or its number. */
  readonly refusal: string | null;
  /** The version that is spoken from here on. */
  readonly version: Version;
  /** The system_id of the SMSC. */
  readonly systemId: string;
}

/** What an SMSC said to a bind with version `ours`. */
export function bindAnswer(bytes: Buffer, at: number, length: number, ours: Version): BindAnswer {
  const status = commandStatus(bytes, at);
  const pdu = decode(bytes, at, length);
  const known = !isDecodeFault(pdu) && isBindAnswer(pdu) ? pdu : null;
  return {
    refusal: status === 0 ? null : (statusName(status) ?? `command_status ${status}`),
    version: versionWithSmsc(ours, known?.tlvs.sc_interface_version ?? null),
    systemId: known?.fields.system_id ?? '',
  };
}

type Answers = 'bind_transceiver_resp' | 'bind_transmitter_resp' | 'bind_receiver_resp';

const isBindAnswer = (pdu: Pdu): pdu is Extract<Pdu, { command: Answers }> =>
  pdu.command === 'bind_transceiver_resp' ||
  pdu.command === 'bind_transmitter_resp' ||
  pdu.command === 'bind_receiver_resp';

/** What was wrong with the stream of an SMSC, in words that go on after "waiting:". */
export function brokenWords(reason: BrokenReason): string {
  if (reason.kind === 'unread') return 'the SMSC does not read what it is sent';
  switch (reason.looksLike) {
    case 'smpp':
      return 'the SMSC sent a PDU whose length cannot be';
    case 'tls':
      return 'it speaks TLS at this port, and plain SMPP was tried';
    case 'http':
    case 'ssh':
    case 'amqp':
      return `it speaks ${reason.looksLike.toUpperCase()} at this port, and not SMPP`;
    default:
      return never(reason.looksLike);
  }
}
