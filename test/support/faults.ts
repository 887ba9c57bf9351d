import { type FaultCode, FaultError } from '../../src/base/fault.ts';

/** For `assert.rejects`: the error is one of these faults. */
export const isFault =
  (...codes: FaultCode[]) =>
  (error: unknown): boolean =>
    error instanceof FaultError && codes.includes(error.fault.code);
