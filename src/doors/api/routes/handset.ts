import type { Audit } from '../../../audit/index.ts';
import { timeText } from '../../../base/clock.ts';
import type { Handset, HandsetMessage } from '../administration.ts';
import type { Call } from '../call.ts';
import { limits } from '../limits.ts';
import { type Route, route } from '../route.ts';
import { handsetMessage, handsetToWrite, nothing } from '../schemas/operator.ts';

/** Where it is put on record that somebody watches. */
export type WatchRecord = Pick<Audit, 'done' | 'noted'>;

const LINES = 'application/x-ndjson';

const lineOf = ({ from, to, text, atMs }: HandsetMessage): string =>
  `${JSON.stringify({ from, to, text, at: timeText(atMs) })}\n`;

/** Answers with a line for each message until the watcher leaves, falls too far behind, or the door closes. */
function stream(call: Pick<Call, 'reply'>, handset: Handset, open: Set<() => void>): void {
  const { raw } = call.reply.hijack();
  raw.writeHead(200, { 'content-type': LINES, 'cache-control': 'no-store', connection: 'close' });
  raw.flushHeaders();
  const leave = handset.watch((message) => {
    if (raw.writableLength > limits.streamBacklogBytes) raw.destroy();
    else raw.write(lineOf(message));
  });
  const end = () => raw.end();
  open.add(end);
  raw.on('close', () => {
    leave();
    open.delete(end);
  });
}

/** The telephone of the sandbox. `open` gathers how to end the streams that are open. */
export const handsetRoutes = (handset: Handset, audit: WatchRecord, open: Set<() => void>): readonly Route[] => [
  route({
    method: 'GET',
    path: '/v1/handset/stream',
    who: 'operator',
    summary: 'Watch what arrives at the handset of the sandbox.',
    shape: { answers: { 200: handsetMessage } },
    faults: [],
    mediaType: LINES,
    handle: (call) =>
      call.after(audit.noted(audit.done(call.actor, 'handset.watched', [])), () => stream(call, handset, open)),
  }),
  route({
    method: 'POST',
    path: '/v1/handset/messages',
    who: 'operator',
    summary: 'Send a message from the handset of the sandbox.',
    shape: { body: handsetToWrite, answers: { 204: nothing } },
    faults: ['invalid_number', 'invalid_sender', 'text_too_long', 'no_route'],
    handle: (call) => call.after(handset.write(call.body), () => call.answer(204, null)),
  }),
];
