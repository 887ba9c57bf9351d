import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Credential, Uses, Verb } from '../../access/index.ts';
import { type Fault, fault } from '../../base/fault.ts';
import type { ApiAccess } from './access.ts';
import { addressOf, type CallContext, isFault, refuse } from './call.ts';

const BEARER = /^Bearer +(?<token>[\x21-\x7e]{1,512}) *$/i;
/** Who says who is calling, and where that is put on record. */
export interface Doorkeeper {
  readonly access: ApiAccess;
  readonly uses: Pick<Uses, 'isKnown' | 'used' | 'refused'>;
}

function callerOf(
  { access, uses }: Doorkeeper,
  request: FastifyRequest,
  address: string,
  verb: Verb,
): Credential | Fault {
  const { authorization } = request.headers;
  if (authorization === undefined) return fault('credential_missing');
  const token = BEARER.exec(authorization)?.groups?.token;
  if (token === undefined) return fault('credential_invalid');
  const credential = access.authenticateKey(token, address);
  if (isFault(credential)) return credential;
  if (credential.capability.verbs.includes(verb)) return credential;
  uses.refused({ door: 'api', credentialId: credential.id, address, code: 'verb_not_allowed' });
  return fault('verb_not_allowed');
}

/** Asks for a key that may do `verb`, before the body is read. Its first request of a day from an address waits for its record. */
export const authenticate =
  (keeper: Doorkeeper, context: CallContext, verb: Verb) =>
  (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    const address = addressOf(request);
    const caller = callerOf(keeper, request, address, verb);
    if (isFault(caller)) return refuse(context, reply, caller);
    request.credential = caller;
    if (keeper.uses.isKnown(caller, address)) return done();
    keeper.uses.used(caller, address, (why) => (why ? refuse(context, reply, why) : done()));
  };
