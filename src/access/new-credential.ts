import { type Clock, DAY_MS } from '../base/clock.ts';
import type { Entropy } from '../base/entropy.ts';
import { type Fault, fault } from '../base/fault.ts';
import { Secret } from '../base/secret.ts';
import { hashOfSecret, makeApiKey } from './api-key.ts';
import { randomDigits } from './base62.ts';
import { readCapability } from './capability.ts';
import { isRefusal, type NewCredential } from './credential.ts';
import { hashPassword } from './password.ts';

/** A year, and a leap day. */
const LIFETIME_MAX_MS = 366 * DAY_MS;
const NAME_CHARACTERS = 100;
/** SMPP 3.4 §5.2.1: 16 octets with the NUL. */
const SYSTEM_ID = /^[0-9A-Za-z._-]{1,15}$/;
const SYSTEM_ID_DIGITS = 12;
/** SMPP 3.4 §5.2.2: 9 octets with the NUL. 47 bits, behind Argon2id. */
const PASSWORD_DIGITS = 8;

/** What is stored of a new secret, and what its owner is told. */
export interface MadeSecret {
  readonly lookup: string;
  readonly secretHash: string;
  readonly secret: Secret;
}

/** Why a credential cannot be made as wanted; null where it can. */
export function mistakeIn(wanted: NewCredential, clock: Clock): Fault | null {
  const { name, systemId, kind, expiresAtMs } = wanted;
  const nowMs = clock.now();
  if (name.trim() === '' || name.length > NAME_CHARACTERS) {
    return fault('invalid_request', { field: '/name', detail: `must have 1 to ${NAME_CHARACTERS} characters` });
  }
  if (!(expiresAtMs > nowMs && expiresAtMs <= nowMs + LIFETIME_MAX_MS)) {
    return fault('invalid_request', { field: '/expiresAt', detail: 'must lie ahead, within a year' });
  }
  if (systemId !== undefined && (kind !== 'smpp' || !SYSTEM_ID.test(systemId))) {
    return fault('invalid_request', {
      field: '/systemId',
      detail: 'must have 1 to 15 letters, digits, dots, hyphens or underscores, and is for SMPP',
    });
  }
  const capability = readCapability(wanted.capability);
  if (isRefusal(capability)) return capability;
  return kind === 'smpp' || capability.smpp === undefined
    ? null
    : fault('invalid_request', { field: '/capability/smpp', detail: 'is for SMPP credentials' });
}

export const makeSecret = (wanted: NewCredential, entropy: Entropy): Promise<MadeSecret> =>
  wanted.kind === 'api_key' ? Promise.resolve(makeKeySecret(entropy)) : makePassword(wanted.systemId, entropy);

function makeKeySecret(entropy: Entropy): MadeSecret {
  const { key, text } = makeApiKey(entropy);
  return { lookup: key.lookup, secretHash: hashOfSecret(key.secret).toString('hex'), secret: text };
}

async function makePassword(systemId: string | undefined, entropy: Entropy): Promise<MadeSecret> {
  const lookup = systemId ?? randomDigits(SYSTEM_ID_DIGITS, entropy);
  const password = randomDigits(PASSWORD_DIGITS, entropy);
  return { lookup, secretHash: await hashPassword(password, entropy), secret: new Secret(password) };
}
