import { Type } from 'typebox';
import { textFates } from '../audit-reading.ts';
import { closed, oneOf, orNull, timeOut } from './shape.ts';

const INDEX_DIGITS_MAX = 15;
const KEY_CHARACTERS = 4096;
const NOTE_CHARACTERS = 512 * 1024;

export const note = Type.String({ description: 'A signed note (C2SP signed-note, tlog-checkpoint).' });
export const verifierKey = Type.String({
  description: 'The key that checkpoints are verified with (C2SP signed-note).',
});
export const octets = Type.Unsafe<Buffer>({
  type: 'string',
  format: 'binary',
  description: 'Hashes, or entries each behind its length (C2SP tlog-tiles).',
});
export const proof = Type.String({ description: 'A proof that is verified offline (C2SP tlog-proof).' });

/** Parts of the path of a tile: C2SP tlog-tiles. What they make together is read strictly. */
export const tilePart = Type.String({ pattern: '^(?:x?\\d{1,3}|\\d{3}\\.p)$' });
export const tileLevel = Type.String({ pattern: '^(?:\\d{1,2}|entries)$' });
export const index = Type.String({ pattern: `^(?:0|[1-9]\\d{0,${INDEX_DIGITS_MAX - 1}})$` });

export const entry = closed(
  {
    index: orNull(Type.Integer({ description: 'Its place in the log; null for what is not, or not yet, in it.' })),
    at: orNull(timeOut),
    what: Type.String(),
    who: Type.String(),
    from: orNull(Type.String()),
    on: Type.Array(Type.String()),
    why: orNull(Type.String()),
    outcome: Type.String({ description: '`done`, or the code of what it ended in.' }),
    about: orNull(Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object' })),
  },
  { title: 'AuditEntry' },
);
export const entries = closed(
  {
    size: Type.Integer({ description: 'Entries in the log, as its latest checkpoint says.' }),
    entries: Type.Array(entry),
  },
  { title: 'AuditEntries' },
);
export const timeline = closed(
  {
    entries: Type.Array(entry),
    isWhole: Type.Boolean({ description: 'Whether the log was looked through to its end.' }),
    text: closed({
      is: oneOf(textFates, 'Whether the sealed text that is stored is the one that the log has the digest of.'),
      accepted: orNull(Type.String()),
      stored: orNull(Type.String()),
    }),
  },
  { title: 'Timeline' },
);

export const toVerify = closed({
  key: Type.Optional(Type.String({ minLength: 1, maxLength: KEY_CHARACTERS })),
  checkpoint: Type.Optional(Type.String({ minLength: 1, maxLength: NOTE_CHARACTERS })),
});
export const verified = Type.Unknown({
  description: 'Lines of JSON: `entries` while it goes on, and at the end `size`, `checkpoints` and the first `flaw`.',
});
