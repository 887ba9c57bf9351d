import { DynamicLibrary, getRawPointer } from 'node:ffi';
import { FaultError } from '../../../base/fault.ts';

/**
 * What is used of PKCS#11 v2.40 (OASIS, "Cryptographic Token Interface Base Specification"), for 64-bit systems on which
 * CK_ULONG has eight octets and the lowest comes first.
 */
const long = 'uint64';
const bytes = 'pointer';
const signatures = {
  C_Initialize: [bytes],
  C_GetSlotList: ['uint8', bytes, bytes],
  C_GetTokenInfo: [long, bytes],
  C_OpenSession: [long, long, bytes, bytes, bytes],
  C_CloseSession: [long],
  C_Login: [long, long, bytes, long],
  C_FindObjectsInit: [long, bytes, long],
  C_FindObjects: [long, bytes, long, bytes],
  C_FindObjectsFinal: [long],
  C_GetAttributeValue: [long, long, bytes, long],
  C_GenerateKey: [long, bytes, bytes, long, bytes],
  C_DestroyObject: [long, long],
  C_EncryptInit: [long, bytes, long],
  C_Encrypt: [long, bytes, long, bytes, bytes],
  C_DecryptInit: [long, bytes, long],
  C_Decrypt: [long, bytes, long, bytes, bytes],
} as const;
export type FunctionName = keyof typeof signatures;
type Native = (...args: (bigint | number)[]) => bigint;

/** A structure, and what it points to, which must live as long. */
export interface Structure {
  readonly octets: Buffer;
  readonly pointsTo: readonly Buffer[];
}
export type Argument = bigint | number | Buffer | Structure | null;

export const CKR_USER_ALREADY_LOGGED_IN = 0x100;
export const CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;
const CKR_OK = 0;

/** A function of the module answered something else than CKR_OK. */
export class ReturnValue extends Error {
  override name = 'ReturnValue';
  readonly value: number;

  constructor(called: FunctionName, value: number) {
    super(`${called} answered 0x${value.toString(16)}`);
    this.value = value;
  }
}

/** A PKCS#11 module that was loaded. */
export class Cryptoki {
  readonly #functions: Readonly<Record<string, Native>>;
  /** The arguments of this call and the last: a module may read what C_EncryptInit pointed to in C_Encrypt. */
  #alive: readonly unknown[] = [];

  /** Throws `token_unavailable` where there is no such module. */
  constructor(path: string) {
    this.#functions = functionsOf(path);
  }

  /** Calls a function. Throws a `ReturnValue` for what is neither CKR_OK nor in `also`. */
  call(name: FunctionName, args: readonly Argument[], also: readonly number[] = []): void {
    this.#alive = [args, this.#alive[0]];
    const value = Number(this.#functions[name]!(...args.map(nativeArgument)));
    if (value !== CKR_OK && !also.includes(value)) throw new ReturnValue(name, value);
  }
}

function nativeArgument(argument: Argument): bigint | number {
  if (argument === null) return 0n;
  if (typeof argument === 'number') return argument;
  if (typeof argument === 'bigint') return argument;
  return getRawPointer('octets' in argument ? argument.octets : argument);
}

function functionsOf(path: string): Readonly<Record<string, Native>> {
  try {
    const library = new DynamicLibrary(path);
    const found = Object.entries(signatures).map(([name, given]) => {
      const native = library.getFunction(name, { arguments: given, return: long }) as unknown as Native;
      const wide = given.map((type) => type !== 'uint8');
      const call: Native = (...args) => native(...args.map((one, at) => (wide[at] ? BigInt(one) : one)));
      return [name, call];
    });
    return Object.fromEntries(found) as Record<string, Native>;
  } catch (cause) {
    const detail = `The PKCS#11 module ${path} cannot be loaded, or does not export the functions of PKCS#11 by their names.`;
    throw new FaultError('token_unavailable', { detail }, cause);
  }
}

export function ulong(value: number | bigint): Buffer {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64LE(BigInt(value));
  return octets;
}

export const ulongOf = (octets: Buffer, at = 0): number => Number(octets.readBigUInt64LE(at));

const pointerTo = (octets: Buffer): Buffer => ulong(octets.length === 0 ? 0n : getRawPointer(octets));

/** CK_MECHANISM { type, parameter, its length }. */
function mechanism(type: number, parameter: Buffer, pointsTo: readonly Buffer[] = []): Structure {
  const octets = Buffer.concat([ulong(type), pointerTo(parameter), ulong(parameter.length)]);
  return { octets, pointsTo: [parameter, ...pointsTo] };
}

const CKM_AES_KEY_GEN = 0x1080;
const CKM_AES_GCM = 0x1087;
const TAG_BITS = 128;

export const aesKeyGeneration = (): Structure => mechanism(CKM_AES_KEY_GEN, Buffer.alloc(0));

/** With CK_GCM_PARAMS { iv, its octets, its bits, AAD, its octets, bits of the tag }. */
export function aesGcm(iv: Buffer, context: Buffer): Structure {
  const parameter = [pointerTo(iv), ulong(iv.length), ulong(iv.length * 8), pointerTo(context), ulong(context.length)];
  return mechanism(CKM_AES_GCM, Buffer.concat([...parameter, ulong(TAG_BITS)]), [iv, context]);
}

const attributeTypes = {
  class: 0x00,
  token: 0x01,
  private: 0x02,
  label: 0x03,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  encrypt: 0x104,
  decrypt: 0x105,
  wrap: 0x106,
  unwrap: 0x107,
  valueLength: 0x161,
  extractable: 0x162,
  local: 0x163,
  neverExtractable: 0x164,
  alwaysSensitive: 0x165,
} as const;
type Attribute = keyof typeof attributeTypes;
export type Attributes = Readonly<Partial<Record<Attribute, boolean | number | Buffer>>>;

const ATTRIBUTE_BYTES = 24;
const LENGTH_AT = 16;
/** CK_UNAVAILABLE_INFORMATION: the length of an attribute that cannot be had. */
const UNAVAILABLE = 0xffff_ffff_ffff_ffffn;

function valueBytes(value: boolean | number | Buffer): Buffer {
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0]);
  return typeof value === 'number' ? ulong(value) : value;
}

/** An array of CK_ATTRIBUTE { type, value, its length }. */
export class Template implements Structure {
  readonly octets: Buffer;
  readonly pointsTo: readonly Buffer[];
  readonly count: number;
  readonly #names: readonly Attribute[];

  constructor(attributes: Attributes) {
    this.#names = Object.keys(attributes) as Attribute[];
    this.pointsTo = Object.values(attributes).map(valueBytes);
    this.count = this.#names.length;
    this.octets = Buffer.concat(
      this.#names.flatMap((name, at) => {
        const value = this.pointsTo[at]!;
        return [ulong(attributeTypes[name]), pointerTo(value), ulong(value.length)];
      }),
    );
  }

  /** What C_GetAttributeValue wrote; null for what the token does not tell. */
  get(name: Attribute): Buffer | null {
    const index = this.#names.indexOf(name);
    const length = this.octets.readBigUInt64LE(index * ATTRIBUTE_BYTES + LENGTH_AT);
    return length === UNAVAILABLE ? null : this.pointsTo[index]!.subarray(0, Number(length));
  }
}
