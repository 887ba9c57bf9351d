import { FaultError } from '../../../base/fault.ts';
import type { RootVersion } from '../../root-key.ts';
import {
  type Argument,
  type Attributes,
  aesGcm,
  aesKeyGeneration,
  CKR_CRYPTOKI_ALREADY_INITIALIZED,
  CKR_USER_ALREADY_LOGGED_IN,
  Cryptoki,
  type FunctionName,
  ReturnValue,
  Template,
  ulong,
  ulongOf,
} from './cryptoki.ts';
import { IV_BYTES, type TokenPlace } from './messages.ts';
import { faultOfReturn } from './return-values.ts';

const KEY_BYTES = 32;
const TAG_BYTES = 16;
const CKO_SECRET_KEY = 4;
const CKK_AES = 0x1f;
const CKU_USER = 1;
const CKF_RW_SESSION = 2;
const CKF_SERIAL_SESSION = 4;
const CKF_USER_PIN_FINAL_TRY = 0x2_0000;
const CKF_USER_PIN_LOCKED = 0x4_0000;
/** CK_TOKEN_INFO: label 32, manufacturer 32, model 16, serial number 16, flags 8, and what is not read here. */
const TOKEN_INFO_BYTES = 208;
const LABEL_BYTES = 32;
const FLAGS_AT = 96;
const SLOTS_MAX = 256;
/** More than versions of one key ever are. */
const KEYS_MAX = 128;
/** CKA_ID of a key: its version, 2 octets; where it was made here, the Unix time of that in seconds too, 6 octets. */
const VERSION_BYTES = 2;
const ID_BYTES = 8;
const MS_PER_SECOND = 1000;

export interface TokenKey extends RootVersion {
  readonly handle: number;
}

const unavailable = (detail: string): FaultError => new FaultError('token_unavailable', { detail });
const unsafe = (detail: string): FaultError => new FaultError('root_key_unsafe', { detail });
const pinRefused = (detail: string): FaultError => new FaultError('token_pin_refused', { detail });

/** A session with a token, logged in. It lives in a process of its own, for its calls block and its code is foreign. */
export class Token {
  readonly #cryptoki: Cryptoki;
  readonly #keyLabel: string;
  readonly #slot: number;
  readonly #session: number;

  /** Throws `token_unavailable` and `token_pin_refused`. A PIN that may be the last try is not tried. */
  constructor({ module, token, keyLabel }: TokenPlace, pin: Buffer) {
    this.#cryptoki = new Cryptoki(module);
    this.#keyLabel = keyLabel;
    this.#call('C_Initialize', [null], [CKR_CRYPTOKI_ALREADY_INITIALIZED]);
    this.#slot = this.#find(token);
    this.#session = this.#open(CKF_SERIAL_SESSION);
    this.#call('C_Login', [this.#session, CKU_USER, pin, pin.length], [CKR_USER_ALREADY_LOGGED_IN]);
  }

  /** The versions of the key, the latest last; throws `root_key_unsafe` where one might have left the token. */
  keys(): readonly TokenKey[] {
    const found = this.#handles().map((handle) => this.#describe(handle));
    const keys = found.toSorted((a, b) => a.version - b.version);
    const double = keys.find(({ version }, at) => version === keys[at + 1]?.version);
    if (double !== undefined)
      throw unsafe(`The token has two keys ${this.#keyLabel} with the id ${double.version}: remove one of them.`);
    return keys;
  }

  /** Makes the next version in the token, which it never leaves. */
  generate(nowMs: number): TokenKey {
    const version = (this.keys().at(-1)?.version ?? 0) + 1;
    const session = this.#open(CKF_SERIAL_SESSION + CKF_RW_SESSION);
    try {
      const template = new Template({ ...newKey, id: idOf(version, nowMs), label: Buffer.from(this.#keyLabel) });
      this.#call('C_GenerateKey', [session, aesKeyGeneration(), template, template.count, ulong(0)]);
    } finally {
      this.#call('C_CloseSession', [session]);
    }
    const made = this.keys().find((key) => key.version === version);
    if (made === undefined) throw unavailable('The token made a key, and does not have it.');
    return made;
  }

  /** Destroys the key of a version in the token, where it is there. */
  destroy(version: number): void {
    const key = this.keys().find((one) => one.version === version);
    if (key === undefined) return;
    const session = this.#open(CKF_SERIAL_SESSION + CKF_RW_SESSION);
    try {
      this.#call('C_DestroyObject', [session, key.handle]);
    } finally {
      this.#call('C_CloseSession', [session]);
    }
  }

  /** AES-256-GCM: nonce 12, ciphertext, tag 16. */
  encrypt({ handle }: TokenKey, iv: Buffer, plain: Buffer, context: Buffer): Buffer {
    this.#call('C_EncryptInit', [this.#session, aesGcm(iv, context), handle]);
    return Buffer.concat([iv, this.#transform('C_Encrypt', plain, plain.length + TAG_BYTES)]);
  }

  /** Throws `root_key_mismatch` where it does not open. */
  decrypt(key: TokenKey, sealed: Buffer, context: Buffer): Buffer {
    try {
      return this.#decrypt(key, sealed, context);
    } catch (error) {
      // SoftHSM says CKR_GENERAL_ERROR of a tag that is wrong, as it would if it were broken itself.
      const isOfTheToken = error instanceof FaultError && error.fault.code === 'token_unavailable';
      if (!isOfTheToken || !this.#isSound(key, context)) throw error;
      throw new FaultError('root_key_mismatch', {}, error);
    }
  }

  /** Whether the token opens what it has just sealed. */
  #isSound(key: TokenKey, context: Buffer): boolean {
    const probe = Buffer.alloc(KEY_BYTES);
    try {
      return this.#decrypt(key, this.encrypt(key, Buffer.alloc(IV_BYTES), probe, context), context).equals(probe);
    } catch {
      return false;
    }
  }

  #decrypt({ handle }: TokenKey, sealed: Buffer, context: Buffer): Buffer {
    const [iv, body] = [sealed.subarray(0, IV_BYTES), sealed.subarray(IV_BYTES)];
    this.#call('C_DecryptInit', [this.#session, aesGcm(iv, context), handle]);
    // Room for the tag too: some modules write it before they see what it is.
    return this.#transform('C_Decrypt', body, body.length);
  }

  #transform(name: 'C_Encrypt' | 'C_Decrypt', input: Buffer, outputBytes: number): Buffer {
    const [output, length] = [Buffer.alloc(outputBytes), ulong(outputBytes)];
    this.#call(name, [this.#session, input, input.length, output, length]);
    return output.subarray(0, ulongOf(length));
  }

  #find(label: string): number {
    const [list, count] = [Buffer.alloc(SLOTS_MAX * 8), ulong(SLOTS_MAX)];
    this.#call('C_GetSlotList', [1, list, count]);
    const slots = Array.from({ length: ulongOf(count) }, (_, at) => ulongOf(list, at * 8));
    const [found, ...more] = slots.map((slot) => this.#info(slot)).filter((info) => info.label === label);
    if (found === undefined) throw unavailable(`No token with the label ${label} is there.`);
    if (more.length > 0) throw unavailable(`There is more than one token with the label ${label}.`);
    if ((found.flags & CKF_USER_PIN_LOCKED) !== 0) throw pinRefused('The token is locked after too many wrong PINs.');
    if ((found.flags & CKF_USER_PIN_FINAL_TRY) !== 0)
      throw pinRefused('One try is left before the token locks, so the PIN is not tried: log in once by other means.');
    return found.slot;
  }

  #info(slot: number): { slot: number; label: string; flags: number } {
    const info = Buffer.alloc(TOKEN_INFO_BYTES);
    this.#call('C_GetTokenInfo', [slot, info]);
    return { slot, label: info.toString('utf8', 0, LABEL_BYTES).trimEnd(), flags: ulongOf(info, FLAGS_AT) };
  }

  #open(flags: number): number {
    const session = ulong(0);
    this.#call('C_OpenSession', [this.#slot, flags, null, null, session]);
    return ulongOf(session);
  }

  #handles(): number[] {
    const template = new Template({ class: CKO_SECRET_KEY, label: Buffer.from(this.#keyLabel) });
    const [list, found] = [Buffer.alloc(KEYS_MAX * 8), ulong(0)];
    this.#call('C_FindObjectsInit', [this.#session, template, template.count]);
    this.#call('C_FindObjects', [this.#session, list, KEYS_MAX, found]);
    this.#call('C_FindObjectsFinal', [this.#session]);
    return Array.from({ length: ulongOf(found) }, (_, at) => ulongOf(list, at * 8));
  }

  #describe(handle: number): TokenKey {
    const template = new Template({ ...contrary, id: Buffer.alloc(ID_BYTES) });
    this.#call('C_GetAttributeValue', [this.#session, handle, template, template.count]);
    const expected = new Template(asMade);
    for (const name of Object.keys(asMade) as (keyof typeof asMade)[])
      if (!template.get(name)?.equals(expected.get(name)!))
        throw unsafe(`The key ${this.#keyLabel} in the token is not ${words[name]}: it cannot be a root key.`);
    const id = template.get('id');
    if (id?.length !== VERSION_BYTES && id?.length !== ID_BYTES)
      throw unsafe(
        `The id of the key ${this.#keyLabel} in the token has neither ${VERSION_BYTES} octets nor ${ID_BYTES}.`,
      );
    const madeAtMs = id.length === ID_BYTES ? id.readUIntBE(VERSION_BYTES, 6) * MS_PER_SECOND : null;
    return { handle, version: id.readUInt16BE(0), madeAtMs };
  }

  #call(name: FunctionName, args: readonly Argument[], also?: readonly number[]): void {
    try {
      this.#cryptoki.call(name, args, also);
    } catch (error) {
      throw error instanceof ReturnValue ? faultOfReturn(error) : error;
    }
  }
}

/** What must be true of the key, whoever made it: 256 bits of AES that were made in the token and never left it. */
const asMade = {
  keyType: CKK_AES,
  valueLength: KEY_BYTES,
  private: true,
  sensitive: true,
  alwaysSensitive: true,
  extractable: false,
  neverExtractable: true,
  local: true,
} as const;
/** What is read into: the opposite, so that nothing passes that the token did not write. */
const contrary = Object.fromEntries(
  Object.entries(asMade).map(([name, value]) => [name, typeof value === 'boolean' ? !value : 0]),
);
const words: Readonly<Record<keyof typeof asMade, string>> = {
  keyType: 'an AES key',
  valueLength: 'of 256 bits',
  private: 'private',
  sensitive: 'sensitive',
  alwaysSensitive: 'one that was always sensitive',
  extractable: 'kept from leaving it',
  neverExtractable: 'one that was always kept from leaving it',
  local: 'made in it',
};

const newKey = {
  class: CKO_SECRET_KEY,
  keyType: CKK_AES,
  valueLength: KEY_BYTES,
  token: true,
  private: true,
  sensitive: true,
  extractable: false,
  encrypt: true,
  decrypt: true,
  wrap: false,
  unwrap: false,
} as const satisfies Attributes;

function idOf(version: number, nowMs: number): Buffer {
  const id = Buffer.alloc(ID_BYTES);
  id.writeUInt16BE(version);
  id.writeUIntBE(Math.floor(nowMs / MS_PER_SECOND), VERSION_BYTES, 6);
  return id;
}
