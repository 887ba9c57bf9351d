import { Type } from 'typebox';
import { WHY_CHARACTERS_MAX } from '../../../base/why.ts';
import { closed, line, name, oneOf, orNull, timeIn, timeOut } from './shape.ts';

const NUMBER_CHARACTERS = 32;
const SENDER_CHARACTERS = 20;
const DAYS_MOST = 10_000;

const by = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$',
  description: 'Who does it. Whoever reaches the control socket vouches for the name.',
});
const why = line(1, WHY_CHARACTERS_MAX, 'The reason, as it goes on record. No personal data belongs here.');
const number = line(1, NUMBER_CHARACTERS, 'The number of the person, in E.164.');
const day = Type.String({ format: 'date', description: 'YYYY-MM-DD, in UTC.' });

const lateness = {
  held: Type.Integer({ description: 'Days beyond their time that a hold or a waiting message keeps.' }),
  late: Type.Integer({ description: 'Days still there 24 hours after they were to end.' }),
  lateByDays: Type.Integer({ description: 'How many full days ago the oldest of the late ones was to end.' }),
};
export const retentionState = Type.Array(closed({ datum: Type.String(), ...lateness }, { title: 'Lateness' }));

const retentionRow = closed(
  {
    datum: Type.String(),
    what: Type.String(),
    days: orNull(Type.Integer({ description: 'Null where `ends` says when.' })),
    least: orNull(Type.Integer()),
    most: orNull(Type.Integer()),
    accounts: Type.Array(closed({ account: Type.String(), days: Type.Integer() })),
    ends: Type.String(),
    why: Type.String(),
    owner: Type.String(),
    oldest: orNull(Type.String({ description: 'The oldest day that is there.' })),
    ...lateness,
  },
  { title: 'RetentionRow' },
);
export const retentionRows = closed({ rows: Type.Array(retentionRow) });
export const retentionToSet = closed({
  account: Type.Optional(name),
  days: Type.Integer({ minimum: 1, maximum: DAYS_MOST }),
  by,
});
export const datum = Type.String({ pattern: '^[a-z_]{1,40}$' });

export const hold = closed(
  {
    id: Type.Integer(),
    account: Type.String(),
    isOfOnePerson: Type.Boolean(),
    sender: orNull(Type.String()),
    fromDay: day,
    toDay: day,
    why: Type.String(),
    state: oneOf(['asked', 'in force', 'expired', 'ended']),
    askedBy: Type.String(),
    askedAt: timeOut,
    approvedBy: orNull(Type.String()),
    approvedAt: orNull(timeOut),
    expiresAt: timeOut,
    endedBy: orNull(Type.String()),
    endedAt: orNull(timeOut),
  },
  { title: 'Hold' },
);
export const holds = closed({ holds: Type.Array(hold) });
export const holdToAsk = closed({
  account: name,
  number: Type.Optional(number),
  sender: Type.Optional(line(1, SENDER_CHARACTERS)),
  fromDay: day,
  toDay: day,
  expiresAt: timeIn('Within 366 days.'),
  why,
  by,
});
export const holdDecision = closed({ by });
export const holdId = Type.String({ pattern: '^[0-9a-f-]{1,36}$', description: 'The number of the hold.' });

export const personToErase = closed({ number, why, by });
export const erasure = closed(
  {
    id: Type.String({ description: 'The number of its certificate.' }),
    at: timeOut,
    messages: Type.Integer({ description: 'Messages to and from the person that nobody can read any more.' }),
    waiting: Type.Integer({ description: 'Sends and notices that waited and were stopped.' }),
    parts: Type.Integer(),
    references: Type.Integer({ description: "The application's own words for messages that were removed." }),
  },
  { title: 'Erasure' },
);
export const erasureId = Type.String({ format: 'uuid' });
export const certificate = closed(
  {
    certificate: Type.String({ description: 'A file of C2SP tlog-proof.' }),
    verifier: Type.String({ description: 'The public key of the log.' }),
  },
  { title: 'ErasureCertificate' },
);
