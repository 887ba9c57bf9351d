import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import { type Clock, SECOND_MS } from '../../base/clock.ts';
import { MAX_ANSWER_BYTES } from '../tree/index.ts';
import { readBody } from './witness-server.ts';

const ANSWER_WITHIN_MS = 10 * SECOND_MS;

export interface AskOptions {
  /** Of the witness; `add-checkpoint` is asked below it. */
  readonly url: string;
  readonly tls: () => ConnectionOptions;
  readonly clock: Clock;
}

/** Posts to a witness: its answer, as long as one may be. Rejects with the error of the connection. */
export async function askWitness({ url, tls, clock }: AskOptions, body: string) {
  const address = new URL('add-checkpoint', url.endsWith('/') ? url : `${url}/`);
  const outgoing = request(address, { method: 'POST', agent: false, ...tls() });
  const callOff = clock.after(ANSWER_WITHIN_MS, () =>
    outgoing.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
  );
  try {
    outgoing.end(body);
    const incoming = await answered(outgoing);
    const answer = await readBody(incoming, MAX_ANSWER_BYTES);
    return { status: incoming.statusCode ?? 0, body: answer?.toString() ?? '' };
  } finally {
    callOff();
    outgoing.destroy();
  }
}

/** It is listened to the end: a connection may also break, and its time be over, in the middle of the answer. */
function answered(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('error', reject).on('response', resolve);
  return promise;
}
