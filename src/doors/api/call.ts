import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Credential } from '../../access/index.ts';
import type { Actor } from '../../audit/index.ts';
import type { Clock } from '../../base/clock.ts';
import { type Fault, FaultError, fault } from '../../base/fault.ts';
import { type IdSource, idText } from '../../base/id.ts';
import { errorText, type Log } from '../../base/log.ts';
import { must } from '../../base/must.ts';
import { storeFault } from '../../store/index.ts';
import { httpStatus, PROBLEM_TYPE, problemHeaders, problemOf } from './problem.ts';
import type { In, Shape } from './route.ts';
import { whyOf } from './why.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the authentication of routes that need a key. */
    credential: Credential | null;
    /** SHA-256 of method, route and body, where the request has an Idempotency-Key. */
    bodyHash: Buffer | null;
  }
}

const IPV4_IN_IPV6 = '::ffff:';

export function addressOf(request: FastifyRequest): string {
  const address = request.raw.socket.remoteAddress ?? '';
  return address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : address;
}
/** Why a sealed gateway does not do what was asked, in words for the operator of this machine or for everyone. */
export type Sealed = (isForOperator: boolean) => Fault;

/** What all calls of a door share. */
export interface CallContext {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Null where the gateway is not sealed. */
  readonly sealed: Sealed | null;
  isClosing: boolean;
}

export const isFault = (value: object | null): value is Fault => value !== null && 'code' in value;

/** Answers with a problem document; an answer that was already given stands. `cause` is for the log only. */
export function refuse(context: CallContext, reply: FastifyReply, why: Fault, cause?: unknown): void {
  if (reply.sent) return;
  const request = idText(context.ids.next());
  if (why.code === 'internal') {
    const command = `${reply.request.method} ${reply.request.routeOptions.url ?? ''}`;
    context.log.error('api_failed', { request, command, cause: errorText(cause) });
  }
  if (context.isClosing) reply.header('connection', 'close');
  reply.code(httpStatus(why)).headers(problemHeaders(why)).type(PROBLEM_TYPE);
  reply.send(JSON.stringify(problemOf(why, request)));
}

/** Answers what was thrown: a fault that was wrapped, a database that is away or full, else our own mistake. */
export function fail(context: CallContext, reply: FastifyReply, error: unknown): void {
  const why = error instanceof FaultError ? error.fault : fault(storeFault(error) ?? 'internal');
  refuse(context, reply, why, error);
}

/** One request on its way through its handler. It is answered once; whatever comes later is ignored. */
export class Call<S extends Shape = Shape> {
  readonly context: CallContext;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;

  constructor(context: CallContext, request: FastifyRequest, reply: FastifyReply) {
    this.context = context;
    this.request = request;
    this.reply = reply;
  }

  get body(): In<S['body']> {
    return this.request.body as In<S['body']>;
  }

  get params(): In<S['params']> {
    return this.request.params as In<S['params']>;
  }

  /** Of a route that needs a key. */
  get credential(): Credential {
    must(this.request.credential !== null, 'a route with a verb has authenticated its caller');
    return this.request.credential;
  }

  /** Who calls, as it is put on record. Whoever reaches the control socket is the operator. */
  get actor(): Actor {
    const { credential } = this.request;
    const given = whyOf(this.request);
    const why = typeof given === 'string' && { why: given };
    if (credential !== null) return { who: `credential:${credential.id}`, from: addressOf(this.request), ...why };
    return { who: 'operator:local', from: 'control socket', ...why };
  }

  answer<Status extends keyof S['answers'] & number>(status: Status, body: Static<S['answers'][Status]>): void {
    if (this.reply.sent) return;
    if (this.context.isClosing) this.reply.header('connection', 'close');
    this.reply.code(status);
    this.reply.send(body ?? undefined);
  }

  refuse(why: Fault): void {
    refuse(this.context, this.reply, why);
  }

  /** Goes on with what a promise brings; a fault, brought or thrown, is answered here. */
  after<T extends object | null>(promise: Promise<T | Fault>, goOn: (value: T) => void): void {
    promise
      .then((value) => (isFault(value) ? this.refuse(value) : goOn(value)))
      .catch((error: unknown) => fail(this.context, this.reply, error));
  }
}
