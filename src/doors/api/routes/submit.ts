import type { Credential } from '../../../access/index.ts';
import { type Fault, fault } from '../../../base/fault.ts';
import type { Id } from '../../../base/id.ts';
import { type Accepted, isFault, type Messages, type Settled } from '../../../messages/index.ts';
import type { Call } from '../call.ts';
import { limits } from '../limits.ts';
import { messageProblem } from '../problem.ts';
import type { Shape } from '../route.ts';
import {
  acceptedMessage,
  type BatchResult,
  batchAnswer,
  batchToSend,
  type MessageToSend,
  messageToSend,
} from '../schemas/message.ts';
import { claimKey } from './claim-key.ts';
import { impossibleTime, readMessage } from './read-message.ts';
import { showAccepted } from './show-message.ts';

export const singleShape = { body: messageToSend, answers: { 202: acceptedMessage } };
export const batchShape = { body: batchToSend, answers: { 202: batchAnswer, 200: batchAnswer } };

/** A call whose path may say more than the shape above. */
type CallOf<S extends Shape> = Omit<Call<S>, 'params'>;

type Answer = Accepted | Fault | null;

const lost = fault('store_unavailable');

/** `POST /v1/messages`: answers when the message is durable. */
export function submitOne(call: CallOf<typeof singleShape>, messages: Messages, credential: Credential): void {
  submitAll(call, messages, credential, [call.body], ([answer = null]) => {
    if (answer === null) call.refuse(lost);
    else if (isFault(answer)) call.refuse(answer);
    else call.answer(202, showAccepted(answer));
  });
}

/** `POST /v1/messages/batch`: answers when the fate of each message is known. */
export function submitBatch(call: CallOf<typeof batchShape>, messages: Messages, credential: Credential): void {
  if (!messages.hasRoom) call.refuse(fault('throttled'));
  else submitAll(call, messages, credential, call.body.messages, (answers) => showBatch(call, answers));
}

/** Hands all messages in and tells the answers when all are there; null stands for one that did not come in time. */
function submitAll(
  call: CallOf<Shape>,
  messages: Messages,
  credential: Credential,
  wanted: readonly MessageToSend[],
  tell: (answers: readonly Answer[]) => void,
): void {
  claimKey(call, messages, credential.accountId, wanted.length, (ticket) => {
    const answers: Answer[] = wanted.map((_, at) => ticket?.answers[at] ?? null);
    let open = answers.filter((answer) => answer === null).length;
    if (open === 0) call.reply.header('idempotency-replayed', 'true');
    // The answer of a call that waited too long stands, but its claim is held until the fate of each message is known.
    const callOff = call.context.clock.after(limits.settleTimeoutMs, () => tell(answers));
    const settle = () => {
      callOff();
      ticket?.release();
      tell(answers);
    };
    if (open === 0) settle();
    wanted.forEach((message, at) => {
      if (answers[at] !== null) return;
      submit(messages, message, credential, ticket?.ids[at] ?? null, (answer) => {
        answers[at] = answer;
        if (--open === 0) settle();
      });
    });
  });
}

/** Hands one message in; a time that cannot be kept does not get that far. */
function submit(
  messages: Messages,
  message: MessageToSend,
  credential: Credential,
  id: Id | null,
  settled: Settled,
): void {
  const submission = readMessage(message, credential, id);
  const why = impossibleTime(submission.sendAtMs);
  if (why === null) messages.submit(submission, settled);
  else settled(why);
}

function showBatch(call: CallOf<typeof batchShape>, answers: readonly Answer[]): void {
  if (answers.every((answer) => answer === null)) {
    call.refuse(lost);
    return;
  }
  const results = answers.map((answer, at) => showResult(answer ?? lost, at));
  const isWhole = results.every(({ status }) => status === 'accepted');
  call.answer(isWhole ? 202 : 200, { results });
}

const showResult = (answer: Accepted | Fault, at: number): BatchResult =>
  isFault(answer)
    ? { status: 'refused', problem: messageProblem(answer, `/messages/${at}`) }
    : { status: 'accepted', ...showAccepted(answer) };
