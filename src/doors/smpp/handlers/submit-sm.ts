import { type Fault, fault } from '../../../base/fault.ts';
import { idText } from '../../../base/id.ts';
import { isFault, type Settled } from '../../../messages/index.ts';
import { MessageView } from '../../../wire/smpp/message-view.ts';
import { failed } from '../ask.ts';
import type { Session } from '../session.ts';
import { refusedStatus, submissionOf } from '../submission.ts';
import type { Handler } from './handler.ts';

/** PDUs are read in place, one at a time: all sessions share the view. */
const view = new MessageView();
const THROTTLED = fault('throttled');

export const submitSm: Handler = (session, bytes, at, length, sequence) => {
  const { clock, messages, own } = session.deps;
  const broken = view.read(bytes, at, length);
  if (broken) return session.unreadable('submit_sm', broken.status, sequence);
  if (!session.takesMessage()) return refuse(session, sequence, THROTTLED);
  const submission = submissionOf(view, session.credential!, clock.now());
  if ('code' in submission) return refuse(session, sequence, submission);
  session.asked();
  const settled: Settled = (answer) => {
    session.answered();
    if (isFault(answer)) refuse(session, sequence, answer);
    else if (session.isOpen) session.connection.out.submitSmResp(0, sequence, idText(answer.id), session.congestion());
  };
  if (view.replaceIfPresent === 0) messages.submit(submission, settled);
  else
    void own
      .submitInPlace(submission, session.actor, settled)
      .catch((error: unknown) => settled(failed(session, error)));
};

function refuse(session: Session, sequence: number, why: Fault): void {
  session.deps.log.debug('smpp_submit_refused', { session: session.id, fault: why.code });
  if (!session.isOpen) return;
  const status = session.statusFor(refusedStatus(why));
  session.connection.out.submitSmResp(status, sequence, '', session.congestion(why.code === 'throttled'));
}
