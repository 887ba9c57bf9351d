import { isIP } from 'node:net';
import { Secret } from '../base/secret.ts';

/** What a setting may hold: how it is described, how an environment variable spells it, and which values it takes. */
export interface Kind<T> {
  /** What it must be, in words: `must be ${words}`. */
  readonly words: string;
  /** The value an environment variable stands for, as YAML would have read it. */
  readonly fromText: (text: string) => unknown;
  /** The value to use, or undefined where it is not one of this kind. */
  readonly read: (value: unknown) => T | undefined;
}

const asText = (text: string): unknown => text;
const asNumber = (text: string): unknown => (/^-?\d+$/.test(text) ? Number(text) : text);
const asList = (item: (text: string) => unknown) => (text: string) => text.split(',').map((part) => item(part.trim()));

const isFilledText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

export const text = (words: string): Kind<string> => ({
  words,
  fromText: asText,
  read: (value) => (isFilledText(value) ? value : undefined),
});

export const choice = <const T extends string>(...values: T[]): Kind<T> => ({
  words: `one of ${values.join(', ')}`,
  fromText: asText,
  read: (value) => values.find((one) => one === value),
});

export const integer = (min: number, max: number): Kind<number> => ({
  words: `an integer from ${min} to ${max}`,
  fromText: asNumber,
  read: (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined,
});

const OFF = 'off';

/** A value of a kind, or the word `off`, which is read as null. */
export const orOff = <T>(kind: Kind<T>): Kind<T | null> => ({
  words: `${kind.words}, or ${OFF}`,
  fromText: kind.fromText,
  read: (value) => (value === OFF ? null : kind.read(value)),
});

export const listOf = <T>(words: string, maxItems: number, kind: Kind<T>): Kind<readonly T[]> => ({
  words: `a list of up to ${maxItems} ${words}`,
  fromText: asList(kind.fromText),
  read(value) {
    if (!Array.isArray(value) || value.length > maxItems) return undefined;
    const items = value.map((item) => kind.read(item));
    return items.includes(undefined) ? undefined : (items as T[]);
  },
});

/** Which protocols the address of a database may have. */
const DATABASE_PROTOCOLS = ['postgres:', 'postgresql:'];

/** An address with a password in it: it is kept as a secret, and never quoted. */
export const databaseAddress: Kind<Secret> = {
  words: 'an address like postgres://user:password@host:5432/database',
  fromText: asText,
  read(value) {
    if (typeof value !== 'string' || !DATABASE_PROTOCOLS.includes(URL.parse(value)?.protocol ?? '')) return undefined;
    return new Secret(value);
  },
};

const isHttps = (value: string): boolean => {
  const url = URL.parse(value);
  return (
    url?.protocol === 'https:' && url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  );
};

/** An https address without a login or a query: those would be secrets in a place that is shown. */
export const httpsAddress: Kind<string> = {
  words: 'an address like https://kms.example/sallyport',
  fromText: asText,
  read: (value) => (typeof value === 'string' && isHttps(value) ? value : undefined),
};

const BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/** A network as an address and a prefix length, e.g. `10.0.0.0/8`. */
export const network: Kind<string> = {
  words: 'a network like 10.0.0.0/8 or fd00::/8',
  fromText: asText,
  read(value) {
    if (typeof value !== 'string') return undefined;
    const [address = '', bits = '', ...more] = value.split('/');
    const isNetwork = more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (BITS[isIP(address)] ?? -1);
    return isNetwork ? value : undefined;
  },
};

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;

/** An address or a host name to listen on. */
export const host: Kind<string> = {
  words: 'an IP address or a host name',
  fromText: asText,
  read: (value) => (typeof value === 'string' && (isIP(value) !== 0 || HOST_NAME.test(value)) ? value : undefined),
};

/** 0 takes any free port. */
export const port: Kind<number> = integer(0, 65535);
