import type { FastifyRequest } from 'fastify';
import { type Fault, fault } from '../../base/fault.ts';
import { isWhy, WHY_CHARACTERS_MAX } from '../../base/why.ts';

/** Why something is done, in the words of who does it: percent-encoded UTF-8, for a header takes no more than Latin-1. */
export const WHY_HEADER = 'sallyport-why';

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The reason that a request gives; undefined where it gives none, null where it is none that can be put on record. */
export function whyOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null | undefined {
  const given = headers[WHY_HEADER];
  if (given === undefined) return undefined;
  const why = typeof given === 'string' ? decoded(given) : null;
  return why !== null && isWhy(why) ? why : null;
}

/** A reason that cannot be put on record as it is stops the request: it would be missing where somebody looks for it. */
export const refusedWhy = (request: Pick<FastifyRequest, 'headers'>): Fault | null =>
  whyOf(request) === null
    ? fault('invalid_request', {
        field: WHY_HEADER,
        detail: `The reason must be one line of 1 to ${WHY_CHARACTERS_MAX} characters, percent-encoded.`,
      })
    : null;
