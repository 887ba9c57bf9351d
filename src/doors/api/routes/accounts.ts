import { timeText } from '../../../base/clock.ts';
import { fault } from '../../../base/fault.ts';
import type { Messages } from '../../../messages/index.ts';
import type { AccountView, Administration } from '../administration.ts';
import { limits } from '../limits.ts';
import { type Route, route } from '../route.ts';
import { message, messageFaults, messageId, messagePage, messageSearch } from '../schemas/message.ts';
import { account, accounts, accountToMake } from '../schemas/operator.ts';
import { closed, name } from '../schemas/shape.ts';
import { pathId, showPage } from './messages.ts';
import { readSearch } from './read-message.ts';
import { showMessage } from './show-message.ts';
import { batchShape, singleShape, submitBatch, submitOne } from './submit.ts';

const byAccount = closed({ account: name });
const byAccountAndId = closed({ account: name, id: messageId });

const showAccount = (view: AccountView) => ({ name: view.name, createdAt: timeText(view.createdAtMs) });

export const accountRoutes = (administration: Administration): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/accounts',
    who: 'operator',
    summary: 'Make an account.',
    shape: { body: accountToMake, answers: { 201: account } },
    faults: ['name_taken'],
    handle: (call) =>
      call.after(administration.createAccount(call.body.name, call.actor), (made) =>
        call.answer(201, showAccount(made)),
      ),
  }),
  route({
    method: 'GET',
    path: '/v1/accounts',
    who: 'operator',
    summary: 'List the accounts.',
    shape: { answers: { 200: accounts } },
    faults: [],
    handle: (call) =>
      call.after(administration.listAccounts(), (list) => call.answer(200, { accounts: list.map(showAccount) })),
  }),
];

/** What an operator does with the messages of an account, in its name. */
export const accountMessageRoutes = (administration: Administration, messages: Messages): readonly Route[] => [
  route({
    method: 'POST',
    path: '/v1/accounts/{account}/messages',
    who: 'operator',
    summary: 'Send one message for an account.',
    shape: { ...singleShape, params: byAccount },
    faults: [...messageFaults, 'not_found'],
    takesIdempotencyKey: true,
    handle: (call) =>
      call.after(administration.actAs(call.params.account), (credential) => submitOne(call, messages, credential)),
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{account}/messages/batch',
    who: 'operator',
    summary: 'Send up to 1000 messages for an account.',
    shape: { ...batchShape, params: byAccount },
    faults: ['throttled', 'store_unavailable', 'not_found'],
    takesIdempotencyKey: true,
    bodyBytesMax: limits.batchBodyBytes,
    handle: (call) =>
      call.after(administration.actAs(call.params.account), (credential) => submitBatch(call, messages, credential)),
  }),
  route({
    method: 'GET',
    path: '/v1/accounts/{account}/messages/{id}',
    who: 'operator',
    summary: 'Where a message of an account is, and how it came there.',
    shape: { params: byAccountAndId, answers: { 200: message } },
    faults: ['message_not_found', 'not_found'],
    handle: (call) =>
      call.after(administration.actAs(call.params.account), ({ accountId }) =>
        call.after(messages.find(accountId, pathId(call.params.id), call.actor), (view) =>
          view === null ? call.refuse(fault('message_not_found')) : call.answer(200, showMessage(view)),
        ),
      ),
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{account}/messages/{id}/cancel',
    who: 'operator',
    summary: 'Stop a message of an account that was not yet handed to a carrier.',
    shape: { params: byAccountAndId, answers: { 200: message } },
    faults: ['message_not_found', 'message_not_cancellable', 'not_found'],
    handle: (call) =>
      call.after(administration.actAs(call.params.account), ({ accountId }) =>
        call.after(messages.cancel(accountId, pathId(call.params.id), call.actor), (view) =>
          call.answer(200, showMessage(view)),
        ),
      ),
  }),
  route({
    method: 'POST',
    path: '/v1/accounts/{account}/messages/search',
    who: 'operator',
    summary: 'List messages of an account.',
    shape: { params: byAccount, body: messageSearch, answers: { 200: messagePage } },
    faults: ['invalid_number', 'not_found'],
    handle: (call) =>
      call.after(administration.actAs(call.params.account), ({ accountId }) =>
        call.after(messages.search(readSearch(call.body, accountId), call.actor), (page) =>
          call.answer(200, showPage(page)),
        ),
      ),
  }),
];
