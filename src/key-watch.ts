import type { Alarms } from './audit/index.ts';
import { DAY_MS } from './base/clock.ts';
import { FaultError } from './base/fault.ts';
import { errorText, type Log } from './base/log.ts';
import { DUE_SOON_MS, type RootLife } from './vault/index.ts';

export interface KeyWatchParts {
  readonly rootLife: Pick<RootLife, 'keep' | 'age' | 'takeUp'>;
  readonly alarms: Pick<Alarms, 'raise' | 'end' | 'endOthers'>;
  readonly log: Log;
}

const ROOT = ['key:all/root'];
const accountKey = (accountId: number): string => `key:${accountId}/account`;

/** Raises alarms about keys that somebody has to exchange, and ends them when that was done. */
export class KeyWatch {
  readonly #parts: KeyWatchParts;

  constructor(parts: KeyWatchParts) {
    this.#parts = parts;
  }

  /**
   * Looks at the root key, and how old it is: at the start, and every hour. A keeper that does not answer is asked again
   * then.
   */
  async round(): Promise<void> {
    await this.heedRoot();
    const { rootLife, alarms, log } = this.#parts;
    try {
      await rootLife.keep();
      const { leftMs } = await rootLife.age();
      if (leftMs === null || leftMs > DUE_SOON_MS) alarms.end('root_key_due', ROOT);
      else alarms.raise('root_key_due', ROOT, { daysLeft: Math.floor(leftMs / DAY_MS) });
    } catch (error) {
      log.warn('root_key_age_unknown', { cause: errorText(error) });
    }
  }

  /** Another gateway may have exchanged the root key: what it has done is taken up, or somebody is told. */
  async heedRoot(): Promise<void> {
    const { rootLife, alarms, log } = this.#parts;
    try {
      await rootLife.takeUp();
      alarms.end('root_key_not_taken', ROOT);
    } catch (error) {
      log.warn('root_key_not_taken', { cause: errorText(error) });
      const code = error instanceof FaultError ? error.fault.code : 'internal';
      if (code !== 'store_unavailable') alarms.raise('root_key_not_taken', ROOT, { code });
    }
  }

  /** Which accounts have a key that is due and is not exchanged by itself. */
  heedDue(accountIds: readonly number[]): void {
    const { alarms } = this.#parts;
    alarms.endOthers('key_rotation_due', accountIds.map(accountKey));
    for (const id of accountIds) alarms.raise('key_rotation_due', [accountKey(id)]);
  }
}
