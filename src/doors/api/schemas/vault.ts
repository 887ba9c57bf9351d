import { Type } from 'typebox';
import { closed, name, oneOf, orNull, timeOut } from './shape.ts';

const day = (description: string) => Type.String({ format: 'date', maxLength: 10, description });

const cryptoUse = closed(
  {
    name: Type.String(),
    kind: oneOf(['key', 'hash', 'certificate']),
    algorithm: Type.String(),
    primitive: oneOf(['ae', 'kdf', 'mac', 'hash', 'signature', 'kem'], 'As CycloneDX 1.6 calls it.'),
    bits: Type.Integer(),
    use: Type.String(),
    where: Type.String({ description: 'Where it lies, and what protects it there.' }),
    counts: Type.Record(Type.String(), Type.Integer(), { description: 'How many there are, by state.' }),
    oldest: orNull(timeOut),
    periodDays: orNull(Type.Number({ description: 'How long one protects what is new.' })),
    next: orNull(timeOut),
    classicalBits: Type.Integer(),
    quantumLevel: Type.Integer({ description: 'The category of NIST; 0 for none.' }),
    postQuantum: Type.String({ description: 'What happens to it before a quantum computer matters.' }),
  },
  { title: 'CryptoUse' },
);

export const rotation = closed(
  {
    account: orNull(Type.String({ description: "Null for the gateway's own keys." })),
    version: Type.Integer(),
    rewrapped: Type.Integer({ description: 'How many keys were wrapped again so far.' }),
    startedAt: timeOut,
  },
  { title: 'Rotation' },
);

export const inventory = closed(
  { uses: Type.Array(cryptoUse), rotations: Type.Array(rotation) },
  { title: 'Inventory' },
);

export const toRotate = closed(
  { account: Type.Optional(name) },
  { title: 'ToRotate', description: "Without an account, the gateway's own keys." },
);
export const toCompromise = closed(
  { account: Type.Optional(name), day: Type.Optional(day('The key of this UTC day alone.')) },
  { title: 'ToCompromise', description: "Without an account, the gateway's own keys." },
);
export const compromise = closed(
  {
    recipients: Type.Integer({ description: 'People whose keys were wrapped under it.' }),
    days: Type.Array(Type.String(), { description: 'Days whose keys were wrapped under it, or the day itself.' }),
    messages: orNull(Type.Integer({ description: 'Messages of these days; null where counting took too long.' })),
    secrets: Type.Array(Type.String(), { description: 'To be changed where they are used.' }),
    redrawn: Type.Integer({ description: 'Keys of days that were drawn anew.' }),
  },
  { title: 'Compromise' },
);
