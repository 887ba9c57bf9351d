import { isIP } from 'node:net';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Fault, fault } from '../base/fault.ts';
import { type MessageKind, messageKinds } from '../wire/text/kinds.ts';
import { type SmppCapability, smppSchema } from './smpp-capability.ts';

const ENTRIES_MAX = 100;
/** SMPP 3.4 §5.2.8: a source address of up to 20 characters; an alphanumeric sender has 11 at most. */
const SENDER_CHARACTERS = 20;
const NAME_CHARACTERS = 100;
/** An IPv6 address and a prefix length. */
const NETWORK_CHARACTERS = 49;

const linesOf = (maxLength: number, minItems: number) =>
  Type.Array(Type.String({ minLength: 1, maxLength }), { minItems, maxItems: ENTRIES_MAX, uniqueItems: true });

const schema = Type.Object(
  {
    verbs: Type.Array(Type.Enum(['send', 'read', 'cancel', 'webhook', 'audit']), { uniqueItems: true }),
    senders: linesOf(SENDER_CHARACTERS, 0),
    classes: Type.Array(Type.Enum(['otp', 'transactional', 'marketing']), { uniqueItems: true }),
    carriers: linesOf(NAME_CHARACTERS, 0),
    networks: linesOf(NETWORK_CHARACTERS, 1),
    kinds: Type.Optional(Type.Array(Type.Enum([...messageKinds]), { uniqueItems: true })),
    smpp: Type.Optional(smppSchema),
  },
  { additionalProperties: false },
);

type Unlocked = Omit<Static<typeof schema>, 'kinds' | 'smpp'>;

/**
 * What a credential may do, whatever its kind. `senders` and `classes` are those it may send with, `carriers` the names of
 * those it may use, in order of preference, `networks` where it may be used from (CIDR); none of them knows a wildcard.
 */
export type Capability = { readonly [Part in keyof Unlocked]: readonly Unlocked[Part][number][] } & {
  /** What it may send besides words that a person reads (`wire/text/kinds.ts`); nothing where it is left out. */
  readonly kinds?: readonly MessageKind[];
  /** What an SMPP credential may do besides; `smppRules` fills in what is left out. */
  readonly smpp?: SmppCapability;
};

export type Verb = Capability['verbs'][number];

/** Where a credential may be used that never leaves this machine. */
export const LOOPBACK_NETWORKS: Capability['networks'] = ['127.0.0.0/8', '::1/128'];

const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (BITS[isIP(address)] ?? -1);
}

/** What a credential that may send must name, and what is said where it does not. */
const sendingNeeds = ['senders', 'classes', 'carriers'] as const;

/** The capability a value describes, or `invalid_request` with the place of the mistake. */
export function readCapability(value: unknown): Capability | Fault {
  if (!Value.Check(schema, value)) {
    const [mistake] = Value.Errors(schema, value);
    return fault('invalid_request', {
      field: `/capability${mistake?.instancePath ?? ''}`,
      detail: mistake?.message ?? '',
    });
  }
  if (value.verbs.length === 0) return incomplete('verbs', 'a credential that may do nothing is of no use');
  const wrong = value.networks.findIndex((network) => !isNetwork(network));
  if (wrong !== -1) return incomplete(`networks/${wrong}`, 'must be an address and a prefix length, like 10.0.0.0/8');
  const missing = value.verbs.includes('send') ? sendingNeeds.find((part) => value[part].length === 0) : undefined;
  return missing === undefined ? value : incomplete(missing, 'a credential that may send must name at least one');
}

const incomplete = (part: string, detail: string): Fault =>
  fault('invalid_request', { field: `/capability/${part}`, detail });
