import { timeText } from '../../../base/clock.ts';
import { idText } from '../../../base/id.ts';
import type { Accepted, MessageView, TimelineEntry } from '../../../messages/index.ts';
import type { AcceptedMessage, MessageAnswer } from '../schemas/message.ts';

/** SMPP 3.4 §5.2.19. */
const encodings: Readonly<Record<number, MessageAnswer['encoding']>> = {
  0: 'gsm7',
  1: 'ascii',
  2: 'binary',
  3: 'latin1',
  4: 'binary',
  8: 'ucs2',
};
const encodingOf = (dataCoding: number): MessageAnswer['encoding'] => encodings[dataCoding] ?? 'other';

export const showAccepted = (accepted: Accepted): AcceptedMessage => ({
  id: idText(accepted.id),
  state: accepted.state,
  segments: accepted.segments,
  encoding: encodingOf(accepted.dataCoding),
  acceptedAt: timeText(accepted.acceptedAtMs),
  expiresAt: timeText(accepted.expiresAtMs),
});

const showEntry = ({ atMs, ...entry }: TimelineEntry) => ({ at: timeText(atMs), ...entry });

export const showMessage = (view: MessageView): MessageAnswer => ({
  id: idText(view.id),
  direction: view.direction,
  state: view.state,
  to: view.maskedTo,
  from: view.from,
  class: view.class,
  segments: view.segments,
  encoding: encodingOf(view.dataCoding),
  reference: view.reference,
  acceptedAt: timeText(view.acceptedAtMs),
  expiresAt: timeText(view.expiresAtMs),
  timeline: view.timeline.map(showEntry),
});
