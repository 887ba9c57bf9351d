import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { type Fault, type FaultCode, FaultError, fault } from '../../base/fault.ts';
import { type IdSource, idText } from '../../base/id.ts';
import { canAnswerArrival, type NodeSocket } from './connections.ts';
import { httpStatus, PROBLEM_TYPE, problemOf } from './problem.ts';

/** Faults behind the codes that Fastify gives what it refuses by itself. */
const fastifyFaults: Record<string, FaultCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
  FST_ERR_BAD_URL: 'malformed_request',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
};

const PLAIN_FIELD = /^[a-z][A-Za-z0-9_]{0,31}$/;
const pointerPart = (field: string): string => field.replaceAll('~', '~0').replaceAll('/', '~1');

/** The words for one schema mistake: they name the rule, and of the input only field names that look like field names. */
function schemaFault(mistake: FastifySchemaValidationError): Fault {
  const at = mistake.instancePath;
  const { missingProperty: missing, additionalProperty: unknown, allowedValues: allowed } = mistake.params;
  if (typeof missing === 'string') return about(`${at}/${missing}`, 'It is missing.');
  if (typeof unknown === 'string') {
    const isPlain = PLAIN_FIELD.test(unknown);
    return about(
      isPlain ? `${at}/${pointerPart(unknown)}` : at,
      isPlain ? 'There is no such field.' : 'It has an unknown field.',
    );
  }
  if (Array.isArray(allowed)) return about(at, `It must be one of: ${allowed.join(', ')}.`);
  return about(at, `It ${mistake.message ?? 'does not match'}.`);
}

const about = (field: string, detail: string): Fault => fault('invalid_request', { field, detail });

/** The fault behind what Fastify or a handler threw; null for what is our own mistake. */
export function faultOfError(error: FastifyError | Error): Fault | null {
  if (error instanceof FaultError) return error.fault;
  const { validation, validationContext, code } = error as Partial<FastifyError>;
  if (validation !== undefined) {
    if (validationContext === 'params') return fault('not_found');
    if (validationContext === 'querystring')
      return fault('invalid_request', { detail: 'This address takes no query.' });
    return validation[0] === undefined ? fault('invalid_request') : schemaFault(validation[0]);
  }
  const known = code === undefined ? undefined : fastifyFaults[code];
  return known === undefined ? null : fault(known);
}

const CRLF = '\r\n';

/** A whole HTTP answer with a problem, for a connection on which there is no request to answer. */
export function rawProblem(why: Fault, ids: IdSource): string {
  const body = JSON.stringify(problemOf(why, idText(ids.next())));
  const head = [
    `HTTP/1.1 ${httpStatus(why)} Refused`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return [...head, 'cache-control: no-store', 'connection: close', '', body].join(CRLF);
}

const parserFaults: Record<string, FaultCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers bytes that are no HTTP request, and plain HTTP where TLS was to be spoken; then the connection ends. */
export function answerBrokenClient(error: NodeJS.ErrnoException, socket: NodeSocket, ids: IdSource): void {
  if (error.code === 'ERR_SSL_HTTP_REQUEST') {
    socket._parent?.end(rawProblem(fault('tls_required'), ids));
    return;
  }
  const isGone = error.code === 'ECONNRESET' || error.code?.startsWith('ERR_SSL');
  if (isGone || !canAnswerArrival(socket)) return void socket.destroy();
  socket.end(rawProblem(fault(parserFaults[error.code ?? ''] ?? 'malformed_request'), ids));
}
