import type { FaultCode } from '../../base/fault.ts';

/** Why a gateway starts sealed, and whether it may pass without anybody doing something here. */
const sealing: Partial<Record<FaultCode, 'passes' | 'stays'>> = {
  passphrase_needed: 'stays',
  passphrase_wrong: 'stays',
  token_unavailable: 'passes',
  /** Each try that is wrong brings a token nearer to its lock. */
  token_pin_refused: 'stays',
  kms_unavailable: 'passes',
  kms_refused: 'passes',
  kms_untrusted: 'passes',
};

/** Whether a root key is only not to be had yet. Everything else about one ends the start. */
export const isSealing = (code: FaultCode): boolean => sealing[code] !== undefined;

export const passesByItself = (code: FaultCode): boolean => sealing[code] === 'passes';
