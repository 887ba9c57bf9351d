import { type Static, Type } from 'typebox';
import { type FaultCode, faults } from '../../../base/fault.ts';
import { closed, oneOf } from './shape.ts';

const error = closed({
  pointer: Type.String({ description: 'JSON Pointer (RFC 6901) to the part of the body it is about.' }),
  detail: Type.String(),
});

/** What a problem has, whether it is of a request or of one message of a batch. */
export const problemFields = (codes: readonly FaultCode[]) => ({
  type: Type.String({ format: 'uri', examples: ['urn:sallyport:fault:invalid_number'] }),
  title: Type.String(),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  code: oneOf(codes, 'Stable: programs may rely on it.'),
  detail: Type.String(),
  errors: Type.Optional(Type.Array(error)),
});

const requestFields = (codes: readonly FaultCode[]) => ({
  ...problemFields(codes),
  instance: Type.String({ format: 'uri', description: 'The id of the request, as it is in the log of the gateway.' }),
});

export const allFaultCodes = Object.keys(faults) as FaultCode[];

export const problem = closed(requestFields(allFaultCodes), {
  title: 'Problem',
  description: 'RFC 9457. It never quotes what was sent.',
});
export type Problem = Static<typeof problem>;

/** The problem document where only some faults can occur. */
export const problemWith = (codes: readonly FaultCode[]) => closed(requestFields(codes));
