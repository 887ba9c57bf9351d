import { type Argon2Parameters, argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Entropy } from '../base/entropy.ts';
import { FairQueue } from '../base/fair-queue.ts';
import { must } from '../base/must.ts';

const derive = promisify(argon2);

/** OWASP Password Storage Cheat Sheet, "Argon2id": 19 MiB, two passes, one lane. 24 ms on one core. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** https://github.com/P-H-C/phc-string-format: the cost stands with the hash, so it may be raised later. */
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

const phcText = (salt: Buffer, hash: Buffer): string =>
  `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(salt)}$${unpadded(hash)}`;

/** A hash no password has: checking against it takes as long as any other check. */
const NOBODY = phcText(Buffer.alloc(SALT_BYTES), Buffer.alloc(HASH_BYTES));

export async function hashPassword(password: string, entropy: Entropy): Promise<string> {
  const salt = entropy.fill(Buffer.alloc(SALT_BYTES));
  return phcText(salt, await derive('argon2id', { message: password, nonce: salt, tagLength: HASH_BYTES, ...COST }));
}

export const isPasswordHash = (phc: string): boolean => PHC.test(phc);

async function isRight(password: string, phc: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, hash] = PHC.exec(phc) ?? [];
  must(salt !== undefined && hash !== undefined, 'a stored password hash was checked when it was loaded');
  const expected = Buffer.from(hash, 'base64');
  const parameters: Argon2Parameters = {
    message: password,
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  };
  return timingSafeEqual(await derive('argon2id', parameters), expected);
}

/** Half of libuv's four threads, so that checks never keep files and names waiting. */
const AT_ONCE = 2;
/** About five seconds of work. */
const WAITING_MAX = 400;

/** Checks passwords off the loop, a few at once. Sources wait their turn each; who would wait too long is not taken. */
export class PasswordChecks {
  readonly #waiting = new FairQueue<(isTurn: boolean) => void>(WAITING_MAX);
  #running = 0;

  /**
   * Whether the password is the one of the hash; a null hash stands for nobody's, which takes as long and is never right.
   * Null where too many wait already, most of them of this source, and where `isOff` when its turn has come.
   */
  async check(
    source: string,
    password: string,
    phc: string | null,
    isOff: () => boolean = () => false,
  ): Promise<boolean | null> {
    if (!(await this.#turn(source))) return null;
    try {
      if (isOff()) return null;
      return (await isRight(password, phc ?? NOBODY)) && phc !== null;
    } finally {
      this.#next();
    }
  }

  #turn(source: string): Promise<boolean> {
    if (this.#running < AT_ONCE) {
      this.#running++;
      return Promise.resolve(true);
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.push(source, resolve)?.(false);
    return promise;
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next(true);
  }
}
