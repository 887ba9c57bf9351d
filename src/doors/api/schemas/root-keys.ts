import { Type } from 'typebox';
import { rootKinds } from '../../../vault/index.ts';
import { closed, oneOf, orNull, timeOut } from './shape.ts';

const PASSPHRASE_CHARACTERS = 1024;

const passphrase = (description: string) =>
  orNull(Type.String({ minLength: 1, maxLength: PASSPHRASE_CHARACTERS, description }));

export const sealState = closed(
  {
    sealed: Type.Boolean(),
    reason: orNull(Type.String({ description: 'A code of the table of faults.' })),
    detail: orNull(Type.String()),
  },
  { title: 'Seal' },
);
export const unsealing = closed({ passphrase: passphrase('Null: try again with what it has.') });

export const rewrapping = closed({
  renew: Type.Boolean({ description: 'Whether a new version of the root key is made first.' }),
});
export const forgetting = closed({ version: Type.Integer({ minimum: 1, maximum: 65_535 }) });
export const passphraseChange = closed({
  current: passphrase('Null: it has none.'),
  next: passphrase('Null: it is to have none.'),
});

const kinds = Object.keys(rootKinds) as (keyof typeof rootKinds)[];
export const rootKey = closed(
  {
    kind: oneOf(kinds),
    hasPassphrase: Type.Boolean(),
    versions: Type.Array(closed({ version: Type.Integer(), madeAt: orNull(timeOut) })),
    dueAt: orNull(timeOut),
    inUse: Type.Array(
      closed({ kind: oneOf([...kinds, 'unknown'] as const), version: Type.Integer(), accountKeys: Type.Integer() }),
    ),
  },
  { title: 'RootKey' },
);
