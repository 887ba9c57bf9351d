import { type Fault, faults } from '../../base/fault.ts';
import type { MessageProblem } from './schemas/message.ts';
import type { Problem } from './schemas/problem.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';
const RETRY_AFTER_MS = 1000;
const MS_PER_SECOND = 1000;

const typeOf = (code: string): string => `urn:sallyport:fault:${code}`;

/** The status with which HTTP says a fault. */
export const httpStatus = (fault: Fault): number => faults[fault.code].http;

/** What is left of a fault inside a batch. `at` is the JSON pointer of the item. */
export function messageProblem(fault: Fault, at: string): MessageProblem {
  const row = faults[fault.code];
  const detail = fault.detail ?? row.title;
  const errors = fault.field === undefined ? {} : { errors: [{ pointer: at + fault.field, detail }] };
  return { type: typeOf(fault.code), title: row.title, status: row.http, code: fault.code, detail, ...errors };
}

/** The problem document of a fault (RFC 9457). `request` is the id under which a log line can be found. */
export function problemOf(fault: Fault, request: string): Problem {
  return { ...messageProblem(fault, ''), instance: `urn:uuid:${request}` };
}

/** Headers that say more about a fault: when to come again (RFC 9110 §10.2.3), how to authenticate (RFC 6750 §3). */
export function problemHeaders(fault: Fault): Record<string, string> {
  const status = httpStatus(fault);
  if (status === 429 || status === 503) {
    return { 'retry-after': String(Math.ceil((fault.retryAfterMs ?? RETRY_AFTER_MS) / MS_PER_SECOND)) };
  }
  if (fault.code === 'credential_missing') return { 'www-authenticate': 'Bearer realm="sallyport"' };
  if (status === 401) return { 'www-authenticate': 'Bearer realm="sallyport", error="invalid_token"' };
  return {};
}
