import { fault, faults } from '../../../base/fault.ts';
import type { Seal } from '../root-keys.ts';
import { type Route, route } from '../route.ts';
import { sealState, unsealing } from '../schemas/root-keys.ts';
import { providerFaults } from './root-keys.ts';

/** Whether the gateway is sealed, and how it is opened. `seal` is null where it is not. */
export const sealRoutes = (seal: Seal | null): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/seal',
    who: 'operator',
    summary: 'Whether the gateway is sealed, and why.',
    shape: { answers: { 200: sealState } },
    faults: [],
    handle(call) {
      if (seal === null) return call.answer(200, { sealed: false, reason: null, detail: null });
      const { code, detail = faults[code].title } = seal.why();
      call.answer(200, { sealed: true, reason: code, detail });
    },
  }),
  route({
    method: 'POST',
    path: '/v1/unseal',
    who: 'operator',
    summary: 'Open a gateway that is sealed, with the passphrase of its root key or by another try.',
    shape: { body: unsealing, answers: { 200: sealState } },
    faults: ['not_sealed', 'passphrase_needed', 'passphrase_wrong', 'passphrase_too_soon', ...providerFaults],
    handle(call) {
      if (seal === null) return call.refuse(fault('not_sealed'));
      call.after(seal.unseal(call.body.passphrase, call.actor), () =>
        call.answer(200, { sealed: false, reason: null, detail: null }),
      );
    },
  }),
];
