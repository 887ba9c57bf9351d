import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false };

/** How a carrier's SMSC is reached. Its password is kept apart, sealed. */
export const SmppCarrierSettings = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 253, description: 'Name or address of the SMSC.' }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    tls: Type.Union(
      [
        Type.Literal(false),
        Type.Object(
          {
            servername: Type.Optional(
              Type.String({
                maxLength: 253,
                description: 'The name the certificate must have, where it is not the host.',
              }),
            ),
            caFile: Type.Optional(
              Type.String({
                description: 'PEM file of the authority the certificate must come from; else the public ones.',
              }),
            ),
            allowsTls12: Type.Optional(Type.Boolean({ description: 'For an SMSC without TLS 1.3.' })),
            pin: Type.Optional(
              Type.String({
                pattern: '^[A-Za-z0-9+/]{43}=$',
                description: 'SHA-256 of the public key (SPKI) the SMSC must show, in base64.',
              }),
            ),
          },
          closed,
        ),
      ],
      { description: 'TLS is verified always. `false` is taken for loopback only.' },
    ),
    systemId: Type.String({ minLength: 1, maxLength: 15, pattern: '^[!-~]+$' }),
    systemType: Type.Optional(Type.String({ maxLength: 12 })),
    window: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        description: 'Messages handed over and not yet answered. Default 100.',
      }),
    ),
    enquireLinkSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 3600, description: 'Default 30.' })),
    responseSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 300,
        description: 'After this long without answer a message is in doubt. Default 30.',
      }),
    ),
  },
  closed,
);
export type SmppCarrierSettings = Static<typeof SmppCarrierSettings>;
