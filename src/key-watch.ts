import type { Alarms } from './audit/index.ts';
import { DAY_MS } from './base/clock.ts';
import { errorText, type Log } from './base/log.ts';
import { DUE_SOON_MS, type RootLife } from './vault/index.ts';

export interface KeyWatchParts {
  readonly rootLife: Pick<RootLife, 'keep' | 'age'>;
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

  /** Looks how old the root key is: at the start, and every hour. A keeper that does not answer is asked again then. */
  async round(): Promise<void> {
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

  /** Which accounts have a key that is due and is not exchanged by itself. */
  heedDue(accountIds: readonly number[]): void {
    const { alarms } = this.#parts;
    alarms.endOthers('key_rotation_due', accountIds.map(accountKey));
    for (const id of accountIds) alarms.raise('key_rotation_due', [accountKey(id)]);
  }
}
