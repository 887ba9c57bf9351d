import { FaultError } from '../../../base/fault.ts';
import { must } from '../../../base/must.ts';
import { wipe } from '../../locked-memory.ts';
import { readOwnedFile } from '../owned-file.ts';
import type { TokenAnswer, TokenRequest } from './messages.ts';
import { Token, type TokenKey } from './token.ts';

/**
 * The process that speaks to a token. The module of a vendor is native code: it may block, crash or leak, and none of that
 * is to happen in the gateway, which keeps every other key. The PIN is read here and never leaves.
 */
const PIN_BYTES_MAX = 256;
let token: Token | null = null;

function openToken({ place, pinFile }: Extract<TokenRequest, { ask: 'open' }>): TokenAnswer {
  const file = readOwnedFile({
    what: 'PIN file',
    path: pinFile,
    bytesMax: PIN_BYTES_MAX,
    missing: 'token_pin_refused',
  });
  const pin = file.subarray(0, file.length - (/\r?\n$/.exec(file.toString('latin1'))?.[0].length ?? 0));
  try {
    token = new Token(place, pin);
    return { versions: [], octets: null };
  } finally {
    wipe(file);
  }
}

function keyOf(opened: Token, version: number | null): TokenKey {
  const keys = opened.keys();
  const key = version === null ? keys.at(-1) : keys.find((one) => one.version === version);
  if (key !== undefined) return key;
  const which = version === null ? '' : ` of version ${version}`;
  throw new FaultError('root_key_missing', { detail: `The token has no root key${which}.` });
}

function answerTo(request: TokenRequest): TokenAnswer {
  if (request.ask === 'open') return openToken(request);
  must(token !== null, 'a token is opened first');
  switch (request.ask) {
    case 'wrap': {
      const key = keyOf(token, null);
      return { versions: [key], octets: token.encrypt(key, request.iv, request.plain, request.context) };
    }
    case 'unwrap': {
      const key = keyOf(token, request.version);
      return { versions: [key], octets: token.decrypt(key, request.wrapped, request.context) };
    }
    case 'versions':
      return { versions: token.keys(), octets: null };
    case 'renew':
      return { versions: [token.generate(request.nowMs)], octets: null };
    case 'forget':
      token.destroy(request.version);
      return { versions: [], octets: null };
    default:
      return request satisfies never;
  }
}

function answer(request: TokenRequest): TokenAnswer {
  try {
    return answerTo(request);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { fault: { code: error.fault.code, detail: error.message } };
  }
}

process.on('message', (request: TokenRequest) => {
  const given = answer(request);
  process.send!(given, () => {
    if (request.ask === 'wrap') wipe(request.plain);
    if ('octets' in given && given.octets !== null) wipe(given.octets);
  });
});
