import { type Clock, SECOND_MS } from '../../../base/clock.ts';
import type { Entropy } from '../../../base/entropy.ts';
import { FaultError } from '../../../base/fault.ts';
import { wipe } from '../../locked-memory.ts';
import type { RootVersion } from '../../root-key.ts';
import { type KeyKeeper, WRAPPED_BYTES_MAX } from '../remote-root-key.ts';
import { type KmsAccess, KmsConnection } from './kms-connection.ts';

export interface KmsOptions extends KmsAccess {
  /** How the service calls the key. */
  readonly keyId: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/** The service has versions of its own and finds them by what it wrapped. */
const VERSION = 1;
const ATTEMPTS = 3;
const RETRY_MS = SECOND_MS / 4;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A root key in a service that speaks JSON over HTTPS: docs/reference/kms.md is the whole of what is said. */
export class KmsKeeper implements KeyKeeper {
  readonly kind = 'kms';
  readonly #options: KmsOptions;
  readonly #connection: KmsConnection;

  constructor(options: KmsOptions) {
    this.#options = options;
    this.#connection = new KmsConnection(options, options.clock);
  }

  async wrap(plain: Buffer, context: Buffer): Promise<{ version: number; wrapped: Buffer }> {
    const question = { plaintext: plain.toString('base64'), context: context.toString('base64') };
    const wrapped = await this.#ask('wrap', question, (answer) => octetsIn(answer, 'wrapped', 1, WRAPPED_BYTES_MAX));
    return { version: VERSION, wrapped };
  }

  async unwrapInto(plain: Buffer, wrapped: Buffer, context: Buffer): Promise<void> {
    const question = { wrapped: wrapped.toString('base64'), context: context.toString('base64') };
    const { length } = plain;
    const octets = await this.#ask('unwrap', question, (answer) => octetsIn(answer, 'plaintext', length, length));
    octets.copy(plain);
    wipe(octets);
  }

  versions(): Promise<readonly RootVersion[]> {
    return Promise.resolve([{ version: VERSION, madeAtMs: null }]);
  }

  renew(): Promise<RootVersion> {
    return Promise.reject(
      new FaultError('kms_refused', { detail: 'The key service makes its keys by itself: rotate the key there.' }),
    );
  }

  forget(): Promise<void> {
    return Promise.reject(
      new FaultError('kms_refused', { detail: 'The key service has the versions of its keys: remove them there.' }),
    );
  }

  close(): void {
    this.#connection.close();
  }

  /** Asks again where the answer may be another one; what is wrapped twice is only wrapped once more. */
  async #ask(
    what: 'wrap' | 'unwrap',
    question: Readonly<Record<string, string>>,
    read: (answer: object) => Buffer,
  ): Promise<Buffer> {
    const { keyId, clock, entropy } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return read(await this.#connection.post(what, { keyId, ...question }));
      } catch (error) {
        const mayPass = error instanceof FaultError && error.fault.code === 'kms_unavailable';
        if (!mayPass || attempt === ATTEMPTS) throw error;
        await clock.sleep(RETRY_MS * attempt * (1 + entropy.fraction()));
      }
    }
  }
}

function octetsIn(answer: object, field: string, least: number, most: number): Buffer {
  const text = (answer as Readonly<Record<string, unknown>>)[field];
  const octets = typeof text === 'string' && BASE64.test(text) ? Buffer.from(text, 'base64') : null;
  if (octets !== null && octets.length >= least && octets.length <= most) return octets;
  const size = least === most ? String(most) : `${least} to ${most}`;
  throw new FaultError('kms_unavailable', {
    detail: `The key service answers without ${size} octets in base64 as \`${field}\`.`,
  });
}
