import { type Static, Type } from 'typebox';
import type { Capability } from './capability.ts';

const BINDS_MAX = 1000;
const WINDOW_MAX = 10_000;
const RATE_MAX = 100_000;
/** SHA-256 of a public key (SubjectPublicKeyInfo), in base64. */
const PIN = '^[A-Za-z0-9+/]{43}=$';

export const bindModes = ['transmitter', 'receiver', 'transceiver'] as const;
export type BindMode = (typeof bindModes)[number];

/** What an SMPP credential may do beyond what every credential may. What is left out has its default. */
export const smppSchema = Type.Partial(
  Type.Object(
    {
      modes: Type.Array(Type.Enum([...bindModes]), { minItems: 1, uniqueItems: true }),
      maxBinds: Type.Integer({ minimum: 1, maximum: BINDS_MAX }),
      window: Type.Union([Type.Integer({ minimum: 1, maximum: WINDOW_MAX }), Type.Null()]),
      messagesPerSecond: Type.Union([Type.Integer({ minimum: 1, maximum: RATE_MAX }), Type.Null()]),
      tls: Type.Enum(['required', 'plain_on_loopback']),
      certificate: Type.Union([Type.String({ pattern: PIN }), Type.Null()]),
    },
    { additionalProperties: false },
  ),
);

export type SmppCapability = { readonly [Part in keyof SmppFields]: SmppFields[Part] };
type SmppFields = Static<typeof smppSchema>;

/** The same with every default filled in. */
export interface SmppRules {
  readonly modes: readonly BindMode[];
  /** Sessions that may be bound at a time on one node. */
  readonly maxBinds: number;
  /** Requests a session may have unanswered; null for what the gateway allows. */
  readonly window: number | null;
  /** Over all sessions on one node; null for no limit. query_sm, cancel_sm and replace_sm count too, by what they do. */
  readonly messagesPerSecond: number | null;
  /** The port without TLS is on the loopback interface only; `required` keeps a credential off it too. */
  readonly tls: 'required' | 'plain_on_loopback';
  /** The public key that the application's certificate must have, as SHA-256 in base64; null where none is asked for. */
  readonly certificate: string | null;
}

const DEFAULTS: SmppRules = {
  modes: bindModes,
  maxBinds: 10,
  window: null,
  messagesPerSecond: null,
  tls: 'plain_on_loopback',
  certificate: null,
};

/** What a credential may do over SMPP. */
export const smppRules = ({ smpp }: Pick<Capability, 'smpp'>): SmppRules => ({ ...DEFAULTS, ...smpp });
