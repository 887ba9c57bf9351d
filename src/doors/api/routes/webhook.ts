import type { Static } from 'typebox';
import { timeText } from '../../../base/clock.ts';
import { type Fault, fault } from '../../../base/fault.ts';
import type { Webhooks } from '../administration.ts';
import { isFault } from '../call.ts';
import { type Route, route } from '../route.ts';
import { nothing, webhook, webhookToSet, webhookWithSecret } from '../schemas/operator.ts';

const PATH = '/v1/webhook';

/** The webhook of an account, as it is shown. */
function shown(webhooks: Webhooks, accountId: number): Static<typeof webhook> | Fault {
  const view = webhooks.of(accountId);
  return view === null ? fault('not_found') : { url: view.url, createdAt: timeText(view.createdAtMs) };
}

/** Where an account is told what became of its messages. */
export const webhookRoutes = (webhooks: Webhooks): readonly Route[] => [
  route({
    method: 'PUT',
    path: PATH,
    who: 'webhook',
    summary: 'Set where notices go. Each time there is a new secret, shown this once.',
    shape: { body: webhookToSet, answers: { 200: webhookWithSecret } },
    faults: ['webhook_address_refused', 'not_found', 'changed_outside'],
    handle(call) {
      const { accountId } = call.credential;
      call.after(webhooks.set(accountId, call.body.url, call.actor), (secret) => {
        const view = shown(webhooks, accountId);
        if (isFault(view)) call.refuse(view);
        else call.answer(200, { ...view, secret: secret.reveal() });
      });
    },
  }),
  route({
    method: 'GET',
    path: PATH,
    who: 'webhook',
    summary: 'Where notices go.',
    shape: { answers: { 200: webhook } },
    faults: ['not_found'],
    handle(call) {
      const view = shown(webhooks, call.credential.accountId);
      if (isFault(view)) call.refuse(view);
      else call.answer(200, view);
    },
  }),
  route({
    method: 'DELETE',
    path: PATH,
    who: 'webhook',
    summary: 'Send no more notices.',
    shape: { answers: { 204: nothing } },
    faults: ['not_found', 'changed_outside'],
    handle: (call) => call.after(webhooks.remove(call.credential.accountId, call.actor), () => call.answer(204, null)),
  }),
];
