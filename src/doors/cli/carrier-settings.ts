import { resolve } from 'node:path';
import { choice, flag, integer, type Options, text, type Values } from './options.ts';
import { readJsonFile } from './read-input.ts';

const PORT_MAX = 65_535;
const WINDOW_MAX = 10_000;
const BINDS_MAX = 20;
const RATE_MAX = 100_000;

/** How an SMSC is reached. */
export const connectionOptions = {
  host: text('HOST', 'Its SMSC.'),
  port: integer('PORT', 'The port of its SMSC.', 1, PORT_MAX),
  'system-id': text('ID', 'The system_id it gave you.'),
  tls: flag('Encrypted or not. Without TLS only this machine can be reached, where a tunnel may end.', true),
  'ca-file': text('FILE', 'PEM file of the only authority its certificate may come from; else the public ones.'),
  'crl-file': text('FILE', 'PEM file of revocation lists, one of each authority in its chain.'),
  servername: text('NAME', 'The name its certificate must have, where it is not the host.'),
  pin: text('HASH', 'SHA-256 of the public key its certificate must have, in base64.'),
  'tls-1.2': flag('Take TLS 1.2 too, for an SMSC without 1.3.'),
  'client-cert': text('FILE', 'PEM file of our certificate, where the SMSC asks for one.'),
  'client-key': text('FILE', 'PEM file of its key.'),
  'system-type': text('TYPE', 'The system_type, where the carrier wants one.'),
  version: choice('The SMPP version to bind with. Default 3.4.', '3.3', '3.4', '5.0'),
} as const satisfies Options;

/** How a carrier is used: the settings that most need. */
export const settingOptions = {
  mode: choice('Transceivers, or a transmitter and a receiver each. Default: trx.', 'trx', 'tx+rx'),
  'bind-count': integer('N', 'How many binds, or pairs of binds.', 1, BINDS_MAX),
  window: integer('N', 'How many submit_sm of a bind may wait for their answer.', 1, WINDOW_MAX),
  rate: integer('N', 'How many messages a second the carrier allows a bind.', 1, RATE_MAX),
  settings: text('FILE', 'JSON file of settings, as the API names them.'),
} as const satisfies Options;

const modes = { trx: 'transceiver', 'tx+rx': 'transmitter+receiver' } as const;

type Connection = Values<typeof connectionOptions>;
type Settings = Values<typeof settingOptions>;

/** The path of a file is meant from here, and the gateway stands elsewhere. */
const path = (file: string | undefined): string | undefined => (file === undefined ? undefined : resolve(file));

export function tlsIn(values: Connection): object | false {
  if (!values.tls) return false;
  const [certFile, keyFile] = [path(values['client-cert']), path(values['client-key'])];
  return given({
    servername: values.servername,
    caFile: path(values['ca-file']),
    crlFile: path(values['crl-file']),
    pin: values.pin,
    allowsTls12: values['tls-1.2'] || undefined,
    clientCertificate: certFile !== undefined || keyFile !== undefined ? given({ certFile, keyFile }) : undefined,
  });
}

/** What was typed, and what stands in the file of settings, as the API names it. TLS is told where it is new or was named. */
export function settingsIn(values: Connection & Settings, isNew: boolean): object {
  const file = values.settings === undefined ? {} : readJsonFile(values.settings);
  const tls = tlsIn(values);
  const namesTls = tls === false || Object.keys(tls).length > 0 || (isNew && !('tls' in file));
  return {
    ...file,
    ...given({
      host: values.host,
      port: values.port,
      systemId: values['system-id'],
      systemType: values['system-type'],
      interfaceVersion: values.version,
      mode: values.mode && modes[values.mode],
      bindCount: values['bind-count'],
      window: values.window,
      messagesPerSecond: values.rate,
      tls: namesTls ? tls : undefined,
    }),
  };
}

const given = (values: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
