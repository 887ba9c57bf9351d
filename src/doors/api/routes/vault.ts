import { DAY_MS, timeText } from '../../../base/clock.ts';
import type { CryptoUse } from '../../../vault/index.ts';
import { type Route, route } from '../route.ts';
import { timeOrNull } from '../schemas/shape.ts';
import { compromise, inventory, rotation, toCompromise, toRotate } from '../schemas/vault.ts';
import type { RotationView, VaultDesk } from '../vault.ts';

const showRotation = ({ startedAtMs, ...view }: RotationView) => ({ ...view, startedAt: timeText(startedAtMs) });

const showUse = ({ oldestMs, periodMs, nextMs, counts, ...use }: CryptoUse) => ({
  ...use,
  counts: { ...counts },
  oldest: timeOrNull(oldestMs),
  periodDays: periodMs === null ? null : periodMs / DAY_MS,
  next: timeOrNull(nextMs),
});

/** The keys of the vault, and every other use of cryptography. */
export const vaultRoutes = (desk: VaultDesk): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/vault/inventory',
    who: 'operator',
    summary: 'Every key, hash and certificate: algorithm, use, count, age, period, next exchange, post-quantum plan.',
    shape: { answers: { 200: inventory } },
    faults: [],
    handle: (call) =>
      call.after(desk.inventory(), ({ uses, rotations }) =>
        call.answer(200, { uses: uses.map(showUse), rotations: rotations.map(showRotation) }),
      ),
  }),
  route({
    method: 'POST',
    path: '/v1/vault/rotate',
    who: 'operator',
    summary: 'Exchange the key of an account while traffic runs. One that is being exchanged goes on.',
    shape: { body: toRotate, answers: { 202: rotation } },
    faults: ['not_found', 'throttled'],
    handle: (call) =>
      call.after(desk.rotate(call.body.account ?? null, call.actor), (view) => call.answer(202, showRotation(view))),
  }),
  route({
    method: 'POST',
    path: '/v1/vault/compromise',
    who: 'operator',
    summary: 'Mark a key that somebody else may know, exchange it, and tell what it protected.',
    shape: { body: toCompromise, answers: { 200: compromise } },
    faults: ['not_found', 'throttled'],
    handle: (call) =>
      call.after(
        desk.compromise({ account: call.body.account ?? null, day: call.body.day ?? null }, call.actor),
        ({ days, secrets, ...view }) => call.answer(200, { ...view, days: [...days], secrets: [...secrets] }),
      ),
  }),
];
