import type { Clock } from '../base/clock.ts';
import { SECOND_MS } from '../base/clock.ts';
import { type Fault, fault } from '../base/fault.ts';
import { Guessing } from './guessing.ts';
import { sourceOf } from './networks.ts';
import { PasswordChecks } from './password.ts';

const BUSY_MS = SECOND_MS;

export interface BindLogin {
  readonly systemId: string;
  readonly password: string;
  readonly address: string;
}

const banned = ({ retryAfterMs }: { readonly retryAfterMs: number }): Fault =>
  fault('too_many_failed_binds', { retryAfterMs });

/** Whether the password of a bind is right, against who guesses: delays, bans and turns by source. */
export class BindChecks {
  readonly #clock: Clock;
  readonly #banned: (source: string, durationMs: number) => void;
  readonly #guessing = new Guessing();
  readonly #passwords = new PasswordChecks();

  /** `whenBanned` is told the source of each ban, and how long it is. */
  constructor(clock: Clock, whenBanned: (source: string, durationMs: number) => void) {
    this.#clock = clock;
    this.#banned = whenBanned;
  }

  /**
   * Null where the password is right. A wrong one, and one of nobody's (a null hash), are alike in code and time.
   * `too_many_failed_binds` says nothing of the credential: nothing of it was looked at. `throttled` where too many wait.
   */
  async check({ systemId, password, address }: BindLogin, hash: string | null): Promise<Fault | null> {
    const source = sourceOf(address);
    const ask = () => this.#guessing.ask(source, systemId, this.#clock.elapsed());
    const admission = ask();
    if (admission.kind === 'refuse') return banned(admission);
    if (admission.delayMs > 0) await this.#clock.sleep(admission.delayMs);
    // Guesses that came side by side were all admitted: the ban that the first of them brought holds for those that wait.
    const isRight = await this.#passwords.check(source, password, hash, () => ask().kind === 'refuse');
    if (isRight === null) {
      const now = ask();
      return now.kind === 'refuse' ? banned(now) : fault('throttled', { retryAfterMs: BUSY_MS });
    }
    return isRight ? this.#succeeded(source, systemId) : this.#failed(source, systemId);
  }

  #succeeded(source: string, systemId: string): null {
    this.#guessing.succeeded(source, systemId, this.#clock.elapsed());
    return null;
  }

  #failed(source: string, systemId: string): Fault {
    const banMs = this.#guessing.failed(source, systemId, this.#clock.elapsed());
    if (banMs !== null) this.#banned(source, banMs);
    return fault('credential_invalid');
  }
}
