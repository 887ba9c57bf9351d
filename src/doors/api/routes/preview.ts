import { fault } from '../../../base/fault.ts';
import type { Messages } from '../../../messages/index.ts';
import { languageNames } from '../../../wire/text/languages.ts';
import { previewText } from '../../../wire/text/preview.ts';
import type { Call } from '../call.ts';
import { type Route, route } from '../route.ts';
import { messagePreview, messageToPreview } from '../schemas/preview.ts';

const shape = { body: messageToPreview, answers: { 200: messagePreview } };

function preview(call: Call<typeof shape>, messages: Messages): void {
  const { text, languages = languageNames } = call.body;
  if (text === '') return call.refuse(fault('text_empty', { field: '/text' }));
  const answer = previewText(text, languages);
  if (answer === null) return call.refuse(fault('text_not_encodable', { field: '/text' }));
  if (answer === 'too long') return call.refuse(fault('text_too_long', { field: '/text' }));
  call.answer(200, { ...answer, maxSegments: messages.maxSegments });
}

/** How a text would be sent, asked before it is. */
export const previewRoute = (messages: Messages): Route =>
  route({
    method: 'POST',
    path: '/v1/messages/preview',
    who: 'send',
    summary: 'Tell in how many SMS a text would go, in which coding, and where each ends. Nothing is sent or kept.',
    shape,
    faults: ['text_empty', 'text_too_long', 'text_not_encodable'],
    handle: (call) => preview(call, messages),
  });
