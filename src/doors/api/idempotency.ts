import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Fault, fault } from '../../base/fault.ts';

const HEADER = 'idempotency-key';
const KEY = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

export const hasIdempotencyKey = (headers: IncomingHttpHeaders): boolean => headers[HEADER] !== undefined;

/** The key of a request, null where it has none; a fault where it is not 1 to 255 printable ASCII characters. */
export function idempotencyKey(headers: IncomingHttpHeaders): string | Fault | null {
  const key = headers[HEADER];
  if (key === undefined) return null;
  const detail = 'An Idempotency-Key has 1 to 255 printable ASCII characters.';
  return typeof key === 'string' && KEY.test(key) ? key : fault('invalid_request', { detail });
}

/** What a key is bound to: the same key with anything else is refused. */
export const requestHash = (method: string, path: string, body: Buffer): Buffer =>
  createHash('sha256').update(`${method} ${path}\n`).update(body).digest();
