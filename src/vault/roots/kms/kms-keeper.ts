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
    const answer = await this.#ask('wrap', {
      plaintext: plain.toString('base64'),
      context: context.toString('base64'),
    });
    const wrapped = octetsIn(answer, 'wrapped');
    if (wrapped === null || wrapped.length === 0 || wrapped.length > WRAPPED_BYTES_MAX)
      throw new FaultError('kms_unavailable', {
        detail: `The key service answered without a wrapped key of 1 to ${WRAPPED_BYTES_MAX} octets in base64.`,
      });
    return { version: VERSION, wrapped };
  }

  async unwrapInto(plain: Buffer, wrapped: Buffer, context: Buffer): Promise<void> {
    const answer = await this.#ask('unwrap', {
      wrapped: wrapped.toString('base64'),
      context: context.toString('base64'),
    });
    const octets = octetsIn(answer, 'plaintext');
    if (octets?.length !== plain.length)
      throw new FaultError('kms_unavailable', {
        detail: `The key service answered without a key of ${plain.length} octets in base64.`,
      });
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

  close(): void {
    this.#connection.close();
  }

  /** Asks again where the answer may be another one; what is wrapped twice is only wrapped once more. */
  async #ask(what: 'wrap' | 'unwrap', question: Readonly<Record<string, string>>): Promise<object> {
    const { keyId, clock, entropy } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#connection.post(what, { keyId, ...question });
      } catch (error) {
        const mayPass = error instanceof FaultError && error.fault.code === 'kms_unavailable';
        if (!mayPass || attempt === ATTEMPTS) throw error;
        await clock.sleep(RETRY_MS * attempt * (1 + entropy.fraction()));
      }
    }
  }
}

function octetsIn(answer: object, field: string): Buffer | null {
  const text = (answer as Readonly<Record<string, unknown>>)[field];
  return typeof text === 'string' && BASE64.test(text) ? Buffer.from(text, 'base64') : null;
}
