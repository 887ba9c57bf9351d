import { Type } from 'typebox';
import { bindModes } from '../../../access/index.ts';
import { type Alarm, alarms } from '../../../audit/index.ts';
import { messageClasses } from '../../../messages/index.ts';
import { messageKinds } from '../../../wire/text/kinds.ts';
import { carrier } from './carriers.ts';
import { retentionState } from './privacy.ts';
import { closed, line, name, oneOf, orNull, timeIn, timeOut } from './shape.ts';

const NAME_CHARACTERS = 100;
const URL_CHARACTERS = 2048;
const ENTRIES = 100;
/** SMPP 3.4 §5.2.1, §5.2.2, §5.2.3: their sizes count the NUL at the end. */
const SYSTEM_ID_CHARACTERS = 15;
const SENDER_CHARACTERS = 20;
/** An IPv6 address and a prefix length. */
const NETWORK_CHARACTERS = 49;
const BINDS_MAX = 1000;
const SERVER_WINDOW_MAX = 10_000;
const RATE_MAX = 100_000;
const HANDSET_TEXT_CHARACTERS = 1600;

const verbs = ['send', 'read', 'cancel', 'webhook', 'audit'] as const;
const listOf = (most: number, description: string) =>
  Type.Array(line(1, most), { maxItems: ENTRIES, uniqueItems: true, description });
const wordsOf = <const W extends readonly string[]>(words: W) =>
  Type.Array(oneOf(words), { maxItems: words.length, uniqueItems: true });

export const webhookToSet = closed({
  url: line(1, URL_CHARACTERS, 'An https address that is reachable from the Internet.'),
});
export const webhook = closed({ url: Type.String(), createdAt: timeOut }, { title: 'Webhook' });
export const webhookWithSecret = closed(
  {
    url: Type.String(),
    createdAt: timeOut,
    secret: Type.String({ description: 'Shown this once. Standard Webhooks, `whsec_…`.' }),
  },
  { title: 'WebhookWithSecret' },
);

export const health = closed({ live: Type.Boolean(), ready: Type.Boolean() }, { title: 'Health' });

export const accountToMake = closed({ name });
export const account = closed({ name: Type.String(), createdAt: timeOut }, { title: 'Account' });
export const accounts = closed({ accounts: Type.Array(account) });

const pin = (description: string) => Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description });
const smppCapability = closed(
  {
    modes: Type.Optional(
      Type.Array(oneOf(bindModes), { minItems: 1, uniqueItems: true, description: 'How it may bind; in every way.' }),
    ),
    maxBinds: Type.Optional(
      Type.Integer({ minimum: 1, maximum: BINDS_MAX, description: 'Sessions at a time on one node; 10.' }),
    ),
    window: Type.Optional(
      orNull(
        Type.Integer({
          minimum: 1,
          maximum: SERVER_WINDOW_MAX,
          description: 'Requests a session may have unanswered, within what the gateway allows; null for that.',
        }),
      ),
    ),
    messagesPerSecond: Type.Optional(
      orNull(
        Type.Integer({
          minimum: 1,
          maximum: RATE_MAX,
          description:
            'Over all its sessions on one node. What comes beyond is answered ESME_RTHROTTLED; null for no limit.',
        }),
      ),
    ),
    tls: Type.Optional(
      oneOf(
        ['required', 'plain_on_loopback'],
        'The port without TLS is on the loopback interface only; `required` keeps this credential off it too.',
      ),
    ),
    certificate: Type.Optional(
      orNull(pin('SHA-256 of the public key (SPKI) its client certificate must have, in base64; null for none.')),
    ),
  },
  { title: 'SmppCapability', description: 'For SMPP credentials. What is left out has its default, which is shown.' },
);

const capability = closed(
  {
    verbs: wordsOf(verbs),
    senders: listOf(SENDER_CHARACTERS, 'The senders it may use.'),
    classes: wordsOf(messageClasses),
    carriers: listOf(NAME_CHARACTERS, 'The carriers it may use, by name, in order of preference.'),
    networks: listOf(NETWORK_CHARACTERS, 'Where it may be used from, as CIDR: at least one.'),
    kinds: Type.Optional(wordsOf(messageKinds)),
    smpp: Type.Optional(smppCapability),
  },
  { title: 'Capability', description: 'What a credential may do. There are no wildcards.' },
);

export const keyToMake = closed(
  {
    account: name,
    kind: oneOf(['api_key', 'smpp']),
    name: line(1, NAME_CHARACTERS),
    capability,
    systemId: Type.Optional(line(1, SYSTEM_ID_CHARACTERS, 'For SMPP; made up where it is left out.')),
    expiresAt: Type.Optional(timeIn('When it ends: within a year. After a year where it is left out.')),
  },
  { title: 'KeyToMake' },
);

const keyFields = {
  id: Type.Integer(),
  account: Type.String(),
  kind: oneOf(['api_key', 'smpp']),
  name: Type.String(),
  lookup: Type.String({
    description: 'The public part: the first part of an API key, the system_id of an SMPP credential.',
  }),
  capability,
  createdAt: timeOut,
  expiresAt: timeOut,
  revokedAt: orNull(timeOut),
  isChanged: Type.Boolean({ description: 'Whether it was changed outside of the gateway: then it does nothing.' }),
};
export const key = closed(keyFields, { title: 'Key' });
export const keyWithSecret = closed(
  { ...keyFields, secret: Type.String({ description: 'Shown this once: the API key, or the SMPP password.' }) },
  { title: 'KeyWithSecret' },
);
export const keys = closed({ keys: Type.Array(key) });

const standingAlarm = closed(
  { alarm: oneOf(Object.keys(alarms) as Alarm[]), on: Type.Array(Type.String()), since: timeOut },
  { description: 'An alarm that was raised since the start of this gateway, and not ended.' },
);

export const status = closed(
  {
    version: Type.String(),
    startedAt: timeOut,
    carriers: Type.Array(carrier),
    messagesInHand: Type.Integer(),
    alarms: Type.Array(standingAlarm),
    retention: orNull(retentionState),
  },
  { title: 'Status' },
);

export const handsetMessage = closed(
  { from: Type.String(), to: Type.String(), text: Type.String(), at: timeOut },
  { title: 'HandsetMessage', description: 'One line of the stream.' },
);
export const handsetToWrite = closed({
  from: line(1, NAME_CHARACTERS, 'The number of the handset.'),
  to: line(1, NAME_CHARACTERS, 'A sender of ours.'),
  text: Type.String({ minLength: 1, maxLength: HANDSET_TEXT_CHARACTERS, pattern: '^\\P{Cs}*$' }),
});

export const nothing = Type.Null({ description: 'No content.' });
