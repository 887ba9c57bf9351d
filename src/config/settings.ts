import { auditSettings } from './audit-settings.ts';
import { choice, databaseAddress, host, httpsAddress, integer, listOf, network, orOff, port, text } from './kinds.ts';
import { optional, path, preset, type Setting } from './setting.ts';

export type { Setting } from './setting.ts';

const DAY_MINUTES = 24 * 60;

/** The one table of settings: the loader, the reference page and the example file are made from it. */
export const settingsTable = {
  dataFolder: preset(path, {
    default: './data',
    doc: 'Where the gateway keeps what it owns: its database, keys, certificates and control socket.',
  }),
  databaseUrl: optional(databaseAddress, {
    environment: 'DATABASE_URL',
    secret: true,
    doc: 'A PostgreSQL server to use instead of the embedded one. The connection is encrypted and its certificate verified.',
  }),
  databaseCaFile: optional(path, {
    doc: 'The authority that the certificate of the database must come from (PEM); without it, the public authorities.',
  }),
  walAheadMib: preset(integer(0, 65_536), {
    default: 1024,
    unit: 'MiB',
    doc: 'How much of the write-ahead log the embedded database gets at its first start. Less makes that start faster, and the first minutes under load slower.',
  }),
  logLevel: preset(choice('debug', 'info', 'warn', 'error'), {
    default: 'info',
    doc: 'Log lines below this level are left out.',
  }),
  vault: {
    rotateWhenDue: preset(choice('on', 'off'), {
      default: 'on',
      doc: 'Whether the key of an account that is a year old is exchanged without being told, while traffic runs. Off, the log says every hour that it is due.',
    }),
    rootKey: preset(choice('file', 'pkcs11', 'kms'), {
      default: 'file',
      doc: 'Where the root key is that wraps the keys of accounts: in the file `root.key` of the data folder, in a PKCS#11 token, or in a key service. After a change, keys that are wrapped under the old one are opened by it as long as its settings stay, until `npx sallyport root-key rewrap`.',
    }),
    passphraseFile: optional(path, {
      doc: 'A file or a pipe of mode 0600 with the passphrase of the root key file. Without it a gateway whose root key has a passphrase starts sealed, and `npx sallyport unseal` asks for it.',
    }),
  },
  pkcs11: {
    module: optional(path, {
      doc: 'The PKCS#11 module of the maker of the token, e.g. `/usr/lib/softhsm/libsofthsm2.so`.',
    }),
    token: optional(text('the label of a token'), { doc: 'The label of the token.' }),
    pinFile: optional(path, { doc: 'A file of mode 0600 with the PIN of the user of the token.' }),
    keyLabel: preset(text('the label of a key'), {
      default: 'sallyport root',
      doc: 'The label of the key in the token. It is made there where it is missing and nothing was ever wrapped under it.',
    }),
  },
  kms: {
    url: optional(httpsAddress, {
      doc: 'A key service that speaks what docs/reference/kms.md says; `/wrap` and `/unwrap` are added.',
    }),
    keyId: optional(text('the name of a key'), { doc: 'How the key service calls the key.' }),
    caFile: optional(path, {
      doc: 'The authority that the certificate of the key service must come from (PEM); without it, the public authorities.',
    }),
    tokenFile: optional(path, {
      doc: 'A file of mode 0600 with a bearer token. It is read for every question, so it may be exchanged at any time.',
    }),
    certFile: optional(path, {
      doc: 'The client certificate that says who we are (PEM), instead of a token or besides.',
    }),
    keyFile: optional(path, { doc: 'The private key of `kms.certFile` (PEM), readable by its owner only.' }),
    timeoutSeconds: preset(integer(1, 60), {
      default: 10,
      unit: 'seconds',
      doc: 'How long the key service has to answer. It is asked three times.',
    }),
  },
  api: {
    host: preset(host, {
      default: '127.0.0.1',
      doc: 'Where the HTTPS API listens; `0.0.0.0` or `::` for all networks.',
    }),
    port: preset(port, { default: 8443, doc: 'The port of the HTTPS API; 0 takes a free one.' }),
  },
  audit: auditSettings,
  smpp: {
    tlsHost: preset(host, {
      default: '127.0.0.1',
      doc: 'Where SMPP over TLS listens; `0.0.0.0` or `::` for all networks.',
    }),
    tlsPort: preset(port, { default: 3550, doc: 'The port of SMPP over TLS; 0 takes a free one.' }),
    plainPort: preset(orOff(port), {
      default: 2775,
      doc: 'The port of SMPP without TLS, always on the loopback interface; 0 takes a free one.',
    }),
    maxConnections: preset(integer(1, 10_000), {
      default: 2000,
      unit: 'connections',
      doc: 'SMPP connections at a time, over TLS and plain together. More are closed at once.',
    }),
    connectionsPerAddress: preset(integer(1, 10_000), {
      default: 500,
      unit: 'connections',
      doc: 'How many of them one address may have (IPv6: one /64), this machine included. More are closed at once.',
    }),
    unboundPerAddress: preset(integer(1, 10_000), {
      default: 50,
      unit: 'connections',
      doc: 'How many of those of one address may be without a bind at a time. More are closed at once.',
    }),
    clientCaFile: optional(path, {
      doc: 'The authority that client certificates must come from (PEM), where a credential needs one. Without it only their public key counts. Read at start.',
    }),
    window: preset(integer(1, 10_000), {
      default: 1000,
      unit: 'PDUs',
      doc: 'Requests a session may have unanswered. Beyond that it is not read until answers have left. A credential may have less.',
    }),
    maxPduBytes: preset(integer(1024, 1_048_576), {
      default: 70_000,
      unit: 'bytes',
      doc: 'A longer command_length ends the connection. The default has room for a message_payload of 64 KiB.',
    }),
    bindSeconds: preset(integer(1, 300), {
      default: 10,
      unit: 'seconds',
      doc: 'How long a connection may stay without a bind.',
    }),
    pduSeconds: preset(integer(1, 300), {
      default: 10,
      unit: 'seconds',
      doc: 'How long a PDU may take from its first octet to its last. The connection of a slower one is cut.',
    }),
    enquireLinkSeconds: preset(integer(1, 3600), {
      default: 30,
      unit: 'seconds',
      doc: 'After how much silence a peer is asked whether it is still there (enquire_link).',
    }),
    inactivitySeconds: preset(integer(0, 604_800), {
      default: 0,
      unit: 'seconds',
      doc: 'How long a session may do nothing but enquire_link before it is unbound; 0 for as long as it likes.',
    }),
    responseSeconds: preset(integer(1, 3600), {
      default: 30,
      unit: 'seconds',
      doc: 'How long an application has to answer a deliver_sm. Then the session is sent one at a time until it answers; after three such silences in a row it is unbound.',
    }),
  },
  tls: {
    certFile: optional(path, {
      doc: 'The certificate chain of the listeners (PEM). Without it the gateway makes its own, from its own local authority. A changed file is taken up within a minute.',
    }),
    keyFile: optional(path, {
      doc: 'The private key of `tls.certFile` (PEM), readable by its owner only.',
    }),
  },
  messages: {
    laneQueue: preset(integer(1000, 1_000_000), {
      default: 20_000,
      unit: 'messages',
      doc: 'Messages in memory for one carrier and class. What comes beyond it waits in the database.',
    }),
    maxSegments: preset(integer(1, 255), {
      default: 10,
      unit: 'segments',
      doc: 'The longest message. TS 23.040 §9.2.3.24.1 ends at 255.',
    }),
    otpValidityMinutes: preset(integer(1, 60), {
      default: 5,
      unit: 'minutes',
      doc: 'How long a one-time code is worth sending, where its sender does not say.',
    }),
    transactionalValidityMinutes: preset(integer(1, 3 * DAY_MINUTES), {
      default: DAY_MINUTES,
      unit: 'minutes',
      doc: 'The same for transactional messages.',
    }),
    marketingValidityMinutes: preset(integer(1, 3 * DAY_MINUTES), {
      default: DAY_MINUTES,
      unit: 'minutes',
      doc: 'The same for marketing messages.',
    }),
    reassemblyMinutes: preset(integer(1, 2 * DAY_MINUTES), {
      default: 60,
      unit: 'minutes',
      doc: 'How long the parts of a long message from a handset are waited for, from the first one on. Then those that came are handed on one by one.',
    }),
    idempotencyHours: preset(integer(24, 24 * 30), {
      default: 48,
      unit: 'hours',
      doc: 'How long an Idempotency-Key is remembered.',
    }),
  },
  failover: {
    graceSeconds: preset(integer(0, 3600), {
      default: 5,
      unit: 'seconds',
      doc: 'How long a carrier may be down before messages that wait for it go to another carrier of their route. New messages take another at once.',
    }),
    breakerFailures: preset(integer(1, 10_000), {
      default: 20,
      unit: 'messages',
      doc: 'After so many failures in a row, or when half of the last 32 or so failed, messages take another carrier of their route.',
    }),
    breakerSeconds: preset(integer(1, 300), {
      default: 30,
      unit: 'seconds',
      doc: 'How long they do, before one a second tries the carrier again. Twice as long after each time that fails, up to 300.',
    }),
  },
  webhook: {
    allowNetworks: preset(listOf('networks like 10.0.0.0/8 or fd00::/8', 100, network), {
      default: [],
      doc: 'Networks that are not public and that webhooks may be sent to all the same.',
    }),
    retrySeconds: preset(listOf('integers from 0 to 604800', 20, integer(0, 604_800)), {
      default: [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400],
      unit: 'seconds',
      doc: 'How long to wait before each attempt at a notice, the first included. After the last one it is given up.',
    }),
  },
  backup: {
    recipientFile: optional(path, {
      doc: 'Whom backups are sealed for: the `recipient` file that `sallyport backup keygen` makes. Without it no backup can be made.',
    }),
    keysRecipientFile: optional(path, {
      doc: 'Whom the archives of the keys are sealed for, where it is another one.',
    }),
    dataDays: preset(integer(1, 3650), {
      default: 30,
      unit: 'days',
      doc: 'How long an archive of the data can be restored.',
    }),
    keysHours: preset(integer(1, 8760), {
      default: 72,
      unit: 'hours',
      doc: 'How long an archive of the keys can be restored. What is erased can come back from it for so long, and no longer.',
    }),
  },
} as const;

type Table = typeof settingsTable;
type ValueOf<S> = S extends Setting<infer T> ? T : { readonly [Name in keyof S]: ValueOf<S[Name]> };

/** The settings of a gateway, checked. Paths are as they were written: relative ones count from the working directory. */
export type Settings = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

/** A setting with its names: `api.port` in the YAML file, `SALLYPORT_API_PORT` in the environment. */
export interface NamedSetting {
  readonly name: string;
  readonly environment: string;
  readonly setting: Setting<unknown>;
}

export type SettingsGroup = Readonly<Record<string, Setting<unknown>>>;

export const isSetting = (entry: Setting<unknown> | SettingsGroup): entry is Setting<unknown> => 'kind' in entry;

export const ENVIRONMENT_PREFIX = 'SALLYPORT_';

const environmentName = (name: string): string =>
  ENVIRONMENT_PREFIX + name.replaceAll('.', '_').replaceAll(/[A-Z]/g, '_$&').toUpperCase();

const named = (name: string, setting: Setting<unknown>): NamedSetting => ({
  name,
  setting,
  environment: setting.environment ?? environmentName(name),
});

/** Every setting, in the order of the table. */
export const allSettings: readonly NamedSetting[] = Object.entries<Setting<unknown> | SettingsGroup>(
  settingsTable,
).flatMap(([name, entry]) =>
  isSetting(entry)
    ? [named(name, entry)]
    : Object.entries(entry).map(([member, setting]) => named(`${name}.${member}`, setting)),
);
