import { type FaultCode, FaultError } from '../../../base/fault.ts';
import type { ReturnValue } from './cryptoki.ts';

const doesNotOpen = 'A key of the database does not open under the key of the token.';
const locked = 'The token is locked after too many wrong PINs.';
const sessionEnded = 'The token ended the session.';

/** PKCS#11 v2.40 §5.1: what a return value means to who runs the gateway. What is not here is trouble of the token. */
const values: Readonly<Record<number, readonly [code: FaultCode, words: string]>> = {
  48: ['token_unavailable', 'The token has an error of its own.'],
  50: ['token_unavailable', 'The token was removed.'],
  64: ['root_key_mismatch', doesNotOpen],
  65: ['root_key_mismatch', doesNotOpen],
  112: ['token_unavailable', 'The token does not offer AES-GCM.'],
  113: ['token_unavailable', 'The token does not take AES-GCM with a nonce of ours and associated data.'],
  160: ['token_pin_refused', 'The token refuses the PIN.'],
  161: ['token_pin_refused', 'The token refuses the PIN.'],
  162: ['token_pin_refused', 'The PIN is shorter or longer than the token takes.'],
  163: ['token_pin_refused', 'The PIN has expired.'],
  164: ['token_pin_refused', locked],
  176: ['token_unavailable', sessionEnded],
  177: ['token_unavailable', 'The token has no session left.'],
  179: ['token_unavailable', sessionEnded],
  224: ['token_unavailable', 'The token is not there.'],
  225: ['token_unavailable', 'The token is not known to its module.'],
  226: ['token_unavailable', 'The token may only be read, so no key is made in it.'],
  257: ['token_unavailable', sessionEnded],
  258: ['token_pin_refused', 'The token has no PIN of a user yet.'],
};

export function faultOfReturn(error: ReturnValue): FaultError {
  const [code, words] = values[error.value] ?? ['token_unavailable', 'The token failed.'];
  return new FaultError(code, { detail: `${words} (${error.message})` }, error);
}
