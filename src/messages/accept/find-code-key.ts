import { type Fault, FaultError, fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import type { Vault } from '../../vault/index.ts';
import type { RiverContext } from '../context.ts';
import type { Met, Sealable } from '../message.ts';

/** So many codes wait for a key at once; beyond them they are refused as too many. */
const WAITING_MAX = 1000;

/**
 * Keys for the codes that are sent at once are made ahead. One that is scheduled for later may be the first that ends in
 * its window: its key is made now and not before, so that no copy of the database from before holds it.
 */
export function findCodeKey(
  message: Met,
  { codeKeys, vault }: RiverContext,
  then: (verdict: Verdict<Sealable>) => void,
): Verdict<Sealable> | null {
  const { codeEndsAtMs } = message;
  if (codeEndsAtMs === null || vault.hasCodeKey(codeEndsAtMs)) return on(message as Sealable);
  codeKeys.ask(codeEndsAtMs, (why) => then(why ? refuse(why) : on(message as Sealable)));
  return null;
}

/** Asks the vault for keys that are not here yet. */
export class CodeKeyQuestions {
  readonly #vault: Pick<Vault, 'hasCodeKey' | 'prepareCodeKey'>;
  #waiting = 0;

  constructor(vault: Pick<Vault, 'hasCodeKey' | 'prepareCodeKey'>) {
    this.#vault = vault;
  }

  /** Answers null when the key is here, and may be used at once; else why it is not. */
  ask(endsAtMs: number, then: (why: Fault | null) => void): void {
    if (this.#waiting >= WAITING_MAX) return then(fault('throttled', { retryAfterMs: 1000 }));
    void this.#answer(endsAtMs, then);
  }

  async find(endsAtMs: number): Promise<Fault | null> {
    try {
      await this.#vault.prepareCodeKey(endsAtMs);
    } catch (error) {
      return error instanceof FaultError ? error.fault : fault('internal');
    }
    // It was kept waiting for so long that it is not valid any more.
    return this.#vault.hasCodeKey(endsAtMs) ? null : fault('store_unavailable', { retryAfterMs: 1000 });
  }

  async #answer(endsAtMs: number, then: (why: Fault | null) => void): Promise<void> {
    this.#waiting++;
    const why = await this.find(endsAtMs);
    this.#waiting--;
    then(why);
  }
}
