import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FaultError } from '../../base/fault.ts';
import { hasIdempotencyKey, requestHash } from './idempotency.ts';

/** JSON in strict UTF-8. `__proto__` is an ordinary field to JSON.parse, and no schema has it. */
function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw new FaultError('malformed_body', { detail: 'The body is not valid UTF-8.' });
  try {
    return JSON.parse(body.utf8Slice(0, body.length));
  } catch (error) {
    throw new FaultError('malformed_body', {}, error);
  }
}

/** Takes bodies as JSON only, and keeps their hash where there is an Idempotency-Key to bind to it. */
export function takeJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.decorateRequest('bodyHash', null);
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done: (error: Error | null, body?: unknown) => void) => {
      if (hasIdempotencyKey(request.headers)) {
        request.bodyHash = requestHash(request.method, request.routeOptions.url ?? '', body);
      }
      done(null, parse(body));
    },
  );
}
