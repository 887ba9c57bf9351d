import { Type } from 'typebox';
import { languageNames, locks } from '../../../wire/text/languages.ts';
import { messageToSend } from './message.ts';
import { closed, oneOf, orNull } from './shape.ts';

const { text, ...rest } = messageToSend.properties;

const LANGUAGES_MAX = languageNames.length;
const NAMED_CHARACTERS_MAX = 20;

/** What would be sent can be previewed as it is: only its text is looked at. */
export const messageToPreview = closed(
  {
    text,
    languages: Type.Optional(
      Type.Array(oneOf(languageNames), {
        maxItems: LANGUAGES_MAX,
        description: 'National languages of TS 23.038 to try; all of them where it is left out.',
      }),
    ),
    ...Type.Partial(Type.Object(rest)).properties,
  },
  { title: 'MessageToPreview' },
);

const count = (least: number, description: string) => Type.Integer({ minimum: least, description });

const part = closed(
  {
    number: count(1, 'From 1.'),
    from: count(0, 'Where its part of the text begins, in UTF-16 code units.'),
    to: count(0, 'The first UTF-16 code unit behind it.'),
    used: count(0, 'Septets in GSM 7-bit, where an escaped character takes two; UTF-16 code units in UCS-2.'),
    room: count(1, 'How many of these fit.'),
  },
  { title: 'PartPreview' },
);

const sending = {
  encoding: oneOf(['gsm7', 'ucs2']),
  languages: closed(
    {
      locking: orNull(oneOf(languageNames.filter(locks))),
      single: orNull(oneOf(languageNames)),
    },
    {
      title: 'LanguageTables',
      description: 'Whose locking and single shift tables it is written in; null: the default.',
    },
  ),
  segments: count(1, 'How many SMS it takes.'),
  parts: Type.Array(part, { description: 'One for each SMS, in their order. Counted with an 8-bit reference.' }),
};

export const messagePreview = closed(
  {
    ...sending,
    notInGsm7: Type.Array(Type.String({ pattern: '^U\\+[0-9A-F]{4,6}$' }), {
      maxItems: NAMED_CHARACTERS_MAX,
      description: 'Characters that the GSM 7-bit default alphabet lacks: why it goes in UCS-2. The first 20.',
    }),
    withNationalLanguages: orNull(
      closed(sending, {
        title: 'NationalPreview',
        description: 'The same in national tables; null where it takes no fewer SMS.',
      }),
    ),
    maxSegments: count(1, 'A message of more is refused (`text_too_long`).'),
  },
  { title: 'MessagePreview', description: 'How the text would go. Nothing was sent or kept.' },
);
