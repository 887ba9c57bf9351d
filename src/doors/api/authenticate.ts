import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Credential, Verb } from '../../access/index.ts';
import { type Fault, fault } from '../../base/fault.ts';
import type { ApiAccess } from './access.ts';
import { type CallContext, isFault, refuse } from './call.ts';

const BEARER = /^Bearer +(?<token>[\x21-\x7e]{1,512}) *$/i;
const IPV4_IN_IPV6 = '::ffff:';

function addressOf(request: FastifyRequest): string {
  const address = request.raw.socket.remoteAddress ?? '';
  return address.startsWith(IPV4_IN_IPV6) ? address.slice(IPV4_IN_IPV6.length) : address;
}

function callerOf(access: ApiAccess, request: FastifyRequest, verb: Verb): Credential | Fault {
  const { authorization } = request.headers;
  if (authorization === undefined) return fault('credential_missing');
  const token = BEARER.exec(authorization)?.groups?.token;
  if (token === undefined) return fault('credential_invalid');
  const credential = access.authenticateKey(token, addressOf(request));
  if (isFault(credential)) return credential;
  return credential.capability.verbs.includes(verb) ? credential : fault('verb_not_allowed');
}

/** Asks for a key that may do `verb`, before the body is read. */
export const authenticate =
  (access: ApiAccess, context: CallContext, verb: Verb) =>
  (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const caller = callerOf(access, request, verb);
    if (isFault(caller)) {
      refuse(context, reply, caller);
    } else {
      request.credential = caller;
      done();
    }
  };
