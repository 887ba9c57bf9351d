import type { RootKeyOffice, RootKeyView } from '../root-keys.ts';
import { type Route, route } from '../route.ts';
import { nothing } from '../schemas/operator.ts';
import { forgetting, passphraseChange, rewrapping, rootKey } from '../schemas/root-keys.ts';
import { timeOrNull } from '../schemas/shape.ts';

const show = ({ kind, hasPassphrase, versions, dueAtMs, inUse }: RootKeyView) => ({
  kind,
  hasPassphrase,
  versions: versions.map(({ version, madeAtMs }) => ({
    version,
    madeAt: timeOrNull(madeAtMs),
  })),
  dueAt: timeOrNull(dueAtMs),
  inUse: [...inUse],
});

/** Why a provider of root keys does not open or wrap. */
export const providerFaults = [
  'token_unavailable',
  'token_pin_refused',
  'kms_unavailable',
  'kms_refused',
  'kms_untrusted',
  'root_key_missing',
  'root_key_unsafe',
  'root_key_mismatch',
] as const;

export const rootKeyRoutes = (office: RootKeyOffice): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/root-key',
    who: 'operator',
    summary: 'Where the root key is, its versions, and which keys of accounts they wrap.',
    shape: { answers: { 200: rootKey } },
    faults: providerFaults,
    handle: (call) => call.after(office.show(), (view) => call.answer(200, show(view))),
  }),
  route({
    method: 'POST',
    path: '/v1/root-key/rewrap',
    who: 'operator',
    summary: 'Wrap every key of accounts again, under the root key in force or a new version of it.',
    shape: { body: rewrapping, answers: { 200: rootKey } },
    faults: providerFaults,
    handle: (call) => call.after(office.rewrap(call.body.renew, call.actor), (view) => call.answer(200, show(view))),
  }),
  route({
    method: 'POST',
    path: '/v1/root-key/forget',
    who: 'operator',
    summary: 'Destroy the key of an older version of the root key that wraps nothing any more.',
    shape: { body: forgetting, answers: { 200: rootKey } },
    faults: ['root_key_in_use', 'not_found', ...providerFaults],
    handle: (call) => call.after(office.forget(call.body.version, call.actor), (view) => call.answer(200, show(view))),
  }),
  route({
    method: 'POST',
    path: '/v1/root-key/passphrase',
    who: 'operator',
    summary: 'Give the root key file a passphrase, another one, or none.',
    shape: { body: passphraseChange, answers: { 204: nothing } },
    faults: ['passphrase_wrong', 'passphrase_weak', 'passphrase_too_soon', 'invalid_setting', ...providerFaults],
    handle: (call) =>
      call.after(office.changePassphrase(call.body.current, call.body.next, call.actor), () => call.answer(204, null)),
  }),
];
