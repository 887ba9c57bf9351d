import { type Static, Type } from 'typebox';
import { SECOND_MS } from '../../base/clock.ts';
import type { ClientTlsOptions } from '../../transport/index.ts';
import { type SenderKind, addressing as usualAddressing } from '../../wire/number/sender.ts';
import { VERSION_3_3, VERSION_3_4, VERSION_5_0 } from '../../wire/smpp/version.ts';
import { defaultAlphabets } from '../../wire/text/default-alphabet.ts';
import { languageNames } from '../../wire/text/languages.ts';
import { afterRefusals } from '../carrier.ts';

const closed = { additionalProperties: false };
const FILE_CHARACTERS = 4096;
const HOST_CHARACTERS = 253;
/** A type of number or numbering plan, SMPP 3.4 §5.2.5 and §5.2.6: one octet. */
const octet = (description: string) => Type.Integer({ minimum: 0, maximum: 255, description });
const seconds = (minimum: number, maximum: number, description: string) =>
  Type.Number({ minimum, maximum, description });
const words = <const W extends readonly string[]>(choices: W, description: string) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: choices, description });
const file = (description: string) => Type.String({ minLength: 1, maxLength: FILE_CHARACTERS, description });

export const bindModes = ['transceiver', 'transmitter+receiver'] as const;
export const interfaceVersions = ['3.3', '3.4', '5.0'] as const;
export const cuttings = ['header-8', 'header-16', 'sar', 'whole'] as const;
export const validities = ['none', 'relative', 'absolute'] as const;

/** How the certificate of an SMSC is verified, and what is shown to it. All files lie on the machine of the gateway. */
export const CarrierTls = Type.Object(
  {
    servername: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: HOST_CHARACTERS,
        description: 'The name its certificate must have, where it is not the host.',
      }),
    ),
    caFile: Type.Optional(file('PEM file of the only authorities to trust; else the public ones.')),
    crlFile: Type.Optional(
      file('PEM file of revocation lists: one of every authority in its chain. It is read at every connection.'),
    ),
    pin: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9+/]{43}=$',
        description: 'SHA-256 of the public key (SPKI) it must have besides, in base64.',
      }),
    ),
    allowsTls12: Type.Optional(Type.Boolean({ description: 'For an SMSC without TLS 1.3.' })),
    clientCertificate: Type.Optional(
      Type.Object(
        { certFile: file('PEM file of our certificate and its chain.'), keyFile: file('PEM file of its key.') },
        { ...closed, description: 'Shown where the SMSC asks for one.' },
      ),
    ),
  },
  closed,
);
export type CarrierTls = Static<typeof CarrierTls>;

/** The options of a connection under these settings; `host` is the name its certificate must have where they give none. */
export const tlsOptions = (host: string, { clientCertificate, ...wanted }: CarrierTls): ClientTlsOptions => ({
  servername: host,
  ...wanted,
  ...(clientCertificate && { certificate: clientCertificate }),
});

const addressing = (whose: string) =>
  Type.Optional(
    Type.Object({ ton: octet('Type of number.'), npi: octet('Numbering plan.') }, { ...closed, description: whose }),
  );

/** How a carrier's SMSC is reached and what it expects. Its password is kept apart, sealed. */
export const smppCarrierFields = {
  host: Type.String({
    minLength: 1,
    maxLength: HOST_CHARACTERS,
    pattern: '^[!-~]+$',
    description: 'Name or address of the SMSC.',
  }),
  port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'The port of the SMSC.' }),
  tls: Type.Union([Type.Literal(false), CarrierTls], {
    description: 'Certificates are verified always. `false`, no TLS, is taken for this machine only.',
  }),
  // SMPP 3.4 §5.2.1, §5.2.3, §5.2.7, §5.2.11: their sizes count the NUL at the end.
  systemId: Type.String({
    minLength: 1,
    maxLength: 15,
    pattern: '^[!-~]+$',
    description: 'The system_id the carrier gave us.',
  }),
  systemType: Type.Optional(
    Type.String({ maxLength: 12, pattern: '^[ -~]*$', description: 'system_type of the bind. Default: empty.' }),
  ),
  addressRange: Type.Optional(
    Type.String({
      maxLength: 40,
      pattern: '^[ -~]*$',
      description: 'address_range of binds that receive. Default: empty.',
    }),
  ),
  serviceType: Type.Optional(
    Type.String({ maxLength: 5, pattern: '^[ -~]*$', description: 'service_type of messages. Default: empty.' }),
  ),
  interfaceVersion: Type.Optional(
    words(interfaceVersions, "The SMPP version we bind with; the lower of ours and the SMSC's is spoken. Default 3.4."),
  ),
  mode: Type.Optional(
    words(bindModes, 'Binds that do both, or a transmitter and a receiver each. Default: transceiver.'),
  ),
  bindCount: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 20, description: 'How many binds, or pairs of binds. Default 1.' }),
  ),
  window: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description: 'Messages of one bind that may wait for their answer. Default 100.',
    }),
  ),
  messagesPerSecond: Type.Optional(
    Type.Number({
      minimum: 0.1,
      maximum: 100_000,
      description: 'What the carrier allows one bind. Left out, it is found out from its refusals.',
    }),
  ),
  shortCodeAddressing: addressing('How a short code is addressed as sender. Default 3/0.'),
  longCodeAddressing: addressing('How a long code is addressed as sender. Default 1/1.'),
  nameAddressing: addressing('How an alphanumeric sender is addressed. Default 5/0.'),
  destinationAddressing: addressing('How a handset is addressed. Default 1/1.'),
  defaultAlphabet: Type.Optional(
    words(defaultAlphabets, 'What data_coding 0 means there. Default gsm7, one septet an octet.'),
  ),
  cutting: Type.Optional(
    words(
      cuttings,
      'How long messages are cut: behind a header with a reference of 8 or 16 bits, numbered by sar_* parameters, or whole in message_payload. Default header-8.',
    ),
  ),
  nationalLanguages: Type.Optional(
    Type.Array(words(languageNames, 'A language.'), {
      maxItems: languageNames.length,
      uniqueItems: true,
      description: 'National language tables (TS 23.038) that handsets behind this carrier read. Default: none.',
    }),
  ),
  validityPeriod: Type.Optional(
    words(validities, 'Whether the end of validity is told to the carrier, and in which form. Default none.'),
  ),
  intermediateNotifications: Type.Optional(
    Type.Boolean({ description: 'Whether intermediate notifications are asked for besides receipts. Default false.' }),
  ),
  statusPolicy: Type.Optional(
    Type.Record(Type.String({ pattern: '^0x[0-9a-fA-F]{1,8}$' }), words(afterRefusals, 'What follows.'), {
      maxProperties: 100,
      description:
        'What follows a command_status of this carrier, where it means another thing by it: {"0x45": "retry"}.',
    }),
  ),
  connectSeconds: Type.Optional(seconds(1, 60, 'How long a connection and its handshake may take. Default 10.')),
  bindSeconds: Type.Optional(seconds(1, 300, 'How long the answer to a bind may take. Default 30.')),
  enquireLinkSeconds: Type.Optional(
    seconds(1, 3600, 'After this long without a word an enquire_link is sent. Default 30.'),
  ),
  responseSeconds: Type.Optional(seconds(1, 300, 'After this long without answer a message is in doubt. Default 30.')),
  inactivitySeconds: Type.Optional(
    seconds(10, 86_400, 'A bind that carried no message for so long is made anew. Default: never.'),
  ),
  reconnectMinSeconds: Type.Optional(seconds(0.1, 60, 'The wait before the first try to come back. Default 0.5.')),
  reconnectMaxSeconds: Type.Optional(seconds(1, 3600, 'Waits double up to this. Default 30.')),
} as const;

export const SmppCarrierSettings = Type.Object(smppCarrierFields, closed);
export type SmppCarrierSettings = Static<typeof SmppCarrierSettings>;

/** interface_version, SMPP 3.4 §5.2.4. */
export const versionOctets = { '3.3': VERSION_3_3, '3.4': VERSION_3_4, '5.0': VERSION_5_0 } as const;
/** registered_delivery, SMPP 3.4 §5.2.17: a receipt of the end, and notifications on the way. */
const RECEIPT = 0x01;
const RECEIPT_AND_INTERMEDIATE = 0x11;

interface Addressing {
  readonly ton: number;
  readonly npi: number;
}

/** The settings with everything that was left out filled in. */
export type LinkSettings = ReturnType<typeof withDefaults>;

export function withDefaults(settings: SmppCarrierSettings) {
  const source: Readonly<Record<SenderKind, Addressing>> = {
    short_code: settings.shortCodeAddressing ?? usualAddressing('short_code'),
    long_code: settings.longCodeAddressing ?? usualAddressing('long_code'),
    alphanumeric: settings.nameAddressing ?? usualAddressing('alphanumeric'),
  };
  return {
    host: settings.host,
    port: settings.port,
    systemId: settings.systemId,
    systemType: settings.systemType ?? '',
    addressRange: settings.addressRange ?? '',
    serviceType: settings.serviceType ?? '',
    interfaceVersion: versionOctets[settings.interfaceVersion ?? '3.4'],
    mode: settings.mode ?? 'transceiver',
    bindCount: settings.bindCount ?? 1,
    window: settings.window ?? 100,
    messagesPerSecond: settings.messagesPerSecond ?? null,
    source,
    destination: settings.destinationAddressing ?? usualAddressing('long_code'),
    defaultAlphabet: settings.defaultAlphabet ?? 'gsm7',
    cutting: settings.cutting ?? 'header-8',
    nationalLanguages: settings.nationalLanguages ?? [],
    validityPeriod: settings.validityPeriod ?? 'none',
    registeredDelivery: settings.intermediateNotifications ? RECEIPT_AND_INTERMEDIATE : RECEIPT,
    statusPolicy: new Map(Object.entries(settings.statusPolicy ?? {}).map(([status, next]) => [Number(status), next])),
    connectMs: (settings.connectSeconds ?? 10) * SECOND_MS,
    bindMs: (settings.bindSeconds ?? 30) * SECOND_MS,
    enquireLinkMs: (settings.enquireLinkSeconds ?? 30) * SECOND_MS,
    responseMs: (settings.responseSeconds ?? 30) * SECOND_MS,
    inactivityMs: settings.inactivitySeconds === undefined ? null : settings.inactivitySeconds * SECOND_MS,
    reconnectMinMs: (settings.reconnectMinSeconds ?? 0.5) * SECOND_MS,
    reconnectMaxMs: (settings.reconnectMaxSeconds ?? 30) * SECOND_MS,
  };
}
