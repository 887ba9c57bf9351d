import { fault } from '../../../base/fault.ts';
import { type Id, idText, parseId } from '../../../base/id.ts';
import { must } from '../../../base/must.ts';
import type { MessagePage, Messages } from '../../../messages/index.ts';
import { limits } from '../limits.ts';
import { type Route, route } from '../route.ts';
import { message, messageFaults, messageId, messagePage, messageSearch } from '../schemas/message.ts';
import { closed } from '../schemas/shape.ts';
import { readSearch } from './read-message.ts';
import { showMessage } from './show-message.ts';
import { batchShape, singleShape, submitBatch, submitOne } from './submit.ts';

export const byId = closed({ id: messageId });

/** The id of a path, which its schema has let through. */
export function pathId(text: string): Id {
  const id = parseId(text);
  must(id !== null, 'the schema of the path lets only ids through');
  return id;
}

export const showPage = (page: MessagePage) => ({
  messages: page.messages.map(showMessage),
  next: page.next === null ? null : idText(page.next),
});

/** What applications do with messages. */
export const messageRoutes = (messages: Messages): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/messages',
    who: 'send',
    summary: 'Send one message. It is answered when the message is stored durably.',
    shape: singleShape,
    faults: messageFaults,
    takesIdempotencyKey: true,
    handle: (call) => submitOne(call, messages, call.credential),
  }),
  route({
    method: 'POST',
    path: '/v1/messages/batch',
    who: 'send',
    summary: 'Send up to 1000 messages: 202 when all were accepted, 200 when some were refused.',
    shape: batchShape,
    faults: ['throttled', 'store_unavailable'],
    takesIdempotencyKey: true,
    bodyBytesMax: limits.batchBodyBytes,
    handle: (call) => submitBatch(call, messages, call.credential),
  }),
  route({
    method: 'GET',
    path: '/v1/messages/{id}',
    who: 'read',
    summary: 'Where a message is, and how it came there.',
    shape: { params: byId, answers: { 200: message } },
    faults: ['message_not_found'],
    handle: (call) =>
      call.after(messages.find(call.credential.accountId, pathId(call.params.id), call.actor), (view) =>
        view === null ? call.refuse(fault('message_not_found')) : call.answer(200, showMessage(view)),
      ),
  }),
  route({
    method: 'POST',
    path: '/v1/messages/search',
    who: 'read',
    summary: 'List messages by time, recipient and state. Numbers stay out of addresses, and so out of logs.',
    shape: { body: messageSearch, answers: { 200: messagePage } },
    faults: ['invalid_number'],
    handle: (call) =>
      call.after(messages.search(readSearch(call.body, call.credential.accountId), call.actor), (page) =>
        call.answer(200, showPage(page)),
      ),
  }),
  route({
    method: 'POST',
    path: '/v1/messages/{id}/cancel',
    who: 'cancel',
    summary: 'Stop a message that was not yet handed to a carrier.',
    shape: { params: byId, answers: { 200: message } },
    faults: ['message_not_found', 'message_not_cancellable'],
    handle: (call) =>
      call.after(messages.cancel(call.credential.accountId, pathId(call.params.id), call.actor), (view) =>
        call.answer(200, showMessage(view)),
      ),
  }),
];
