import { Type } from 'typebox';
import { type Capability, type Credential, smppRules } from '../../../access/index.ts';
import { timeText } from '../../../base/clock.ts';
import type { Administration, CredentialView, WantedCredential } from '../administration.ts';
import { type In, type Route, route } from '../route.ts';
import { key, keys, keyToMake, keyWithSecret } from '../schemas/operator.ts';
import { closed, timeOrNull } from '../schemas/shape.ts';

const DECIMAL = 10;
const byKeyId = closed({ id: Type.String({ pattern: '^[1-9][0-9]{0,8}$' }) });

const readKey = ({ expiresAt, ...wanted }: In<typeof keyToMake>): WantedCredential => ({
  ...wanted,
  expiresAtMs: expiresAt === undefined ? null : Date.parse(expiresAt),
});

const showKey = ({ account, credential, isChanged }: CredentialView) => ({
  id: credential.id,
  account,
  kind: credential.kind,
  name: credential.name,
  lookup: credential.lookup,
  capability: showCapability(credential),
  createdAt: timeText(credential.createdAtMs),
  expiresAt: timeText(credential.expiresAtMs),
  revokedAt: timeOrNull(credential.revokedAtMs),
  isChanged,
});

/** Of an SMPP credential, with what its defaults are. */
const showCapability = ({ kind, capability }: Credential) => ({
  verbs: [...capability.verbs],
  senders: [...capability.senders],
  classes: [...capability.classes],
  carriers: [...capability.carriers],
  networks: [...capability.networks],
  kinds: [...(capability.kinds ?? [])],
  ...(kind === 'smpp' && { smpp: showSmpp(capability) }),
});

function showSmpp(capability: Capability) {
  const { modes, ...rules } = smppRules(capability);
  return { ...rules, modes: [...modes] };
}

/** Credentials of applications: API keys and SMPP system_ids. */
export const keyRoutes = (administration: Administration): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/keys',
    who: 'operator',
    summary: 'Make a credential. Its secret is shown this once.',
    shape: { body: keyToMake, answers: { 201: keyWithSecret } },
    faults: ['not_found', 'name_taken', 'changed_outside'],
    handle: (call) =>
      call.after(administration.createCredential(readKey(call.body), call.actor), (made) =>
        call.answer(201, { ...showKey(made), secret: made.secret.reveal() }),
      ),
  }),
  route({
    method: 'GET',
    path: '/v1/keys',
    who: 'operator',
    summary: 'List the credentials, those that have ended too.',
    shape: { answers: { 200: keys } },
    faults: [],
    handle: (call) =>
      call.after(administration.listCredentials(), (list) => call.answer(200, { keys: list.map(showKey) })),
  }),
  route({
    method: 'POST',
    path: '/v1/keys/{id}/revoke',
    who: 'operator',
    summary: 'End a credential now.',
    shape: { params: byKeyId, answers: { 200: key } },
    faults: ['not_found', 'changed_outside'],
    handle: (call) =>
      call.after(administration.revokeCredential(Number.parseInt(call.params.id, DECIMAL), call.actor), (view) =>
        call.answer(200, showKey(view)),
      ),
  }),
];
