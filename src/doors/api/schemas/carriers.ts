import { type Static, Type } from 'typebox';
import { SmppCarrierSettings, smppCarrierFields } from '../../../carriers/index.ts';
import { closed, line, name, oneOf, orNull, timeOut } from './shape.ts';

/** SMPP 3.4 §5.2.2, without the NUL at its end. */
const PASSWORD_CHARACTERS = 8;
const settingNames = Object.keys(smppCarrierFields);

const sandboxCarrier = closed({ kind: oneOf(['sandbox']), name });
const password = line(0, PASSWORD_CHARACTERS, 'Kept sealed, and never shown again.');
const smppCarrier = closed({ kind: oneOf(['smpp']), name, password, ...smppCarrierFields });

/** With a discriminator only the branch that was meant is looked at, and only its mistakes are told. */
export const carrierToAdd = Type.Unsafe<Static<typeof sandboxCarrier> | Static<typeof smppCarrier>>({
  title: 'CarrierToAdd',
  type: 'object',
  required: ['kind'],
  discriminator: { propertyName: 'kind' },
  oneOf: [sandboxCarrier, smppCarrier],
});

/** What is left out stays as it is. */
export const carrierToChange = closed(
  {
    isEnabled: Type.Optional(Type.Boolean({ description: 'Whether it is bound to and used.' })),
    password: Type.Optional(password),
    unset: Type.Optional(
      Type.Array(oneOf(settingNames), {
        maxItems: settingNames.length,
        uniqueItems: true,
        description: 'Settings that are to have their default again.',
      }),
    ),
    ...Type.Partial(Type.Object(smppCarrierFields)).properties,
  },
  { title: 'CarrierToChange' },
);

const fields = {
  name: Type.String(),
  kind: oneOf(['sandbox', 'smpp']),
  isEnabled: Type.Boolean(),
  isUp: Type.Boolean(),
  breaker: oneOf(
    ['closed', 'open', 'probing'],
    'Open where it fails again and again: messages that have another way take that.',
  ),
  status: Type.String({ description: 'In words: `bound`, or what is in the way.' }),
  settings: orNull(SmppCarrierSettings),
  createdAt: timeOut,
};
export const carrier = closed(fields, { title: 'Carrier' });
export const carriers = closed({ carriers: Type.Array(carrier) });

const step = closed({
  step: oneOf(['address', 'connection', 'tls', 'bind', 'enquire_link', 'unbind']),
  isOk: Type.Boolean(),
  words: Type.String({ description: 'What was found, or what is wrong.' }),
  advice: orNull(Type.String({ description: 'What to do about it, where that is known.' })),
  tookMs: Type.Number(),
});
export const carrierTest = closed(
  { ...fields, steps: Type.Array(step, { description: 'Up to the first that failed. None for a sandbox.' }) },
  { title: 'CarrierTest' },
);
