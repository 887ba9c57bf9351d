import { DatabaseError } from 'pg';
import type { FaultCode } from '../base/fault.ts';

const DISK_FULL = '53100';
/** SQLSTATE classes: connection trouble; operator intervention (shutdown, crash, starting up); too few resources. */
const UNAVAILABLE_CLASSES = new Set(['08', '57', '53']);
const QUERY_CANCELED = '57014';
/** Class 40: rolled back for the sake of another transaction, like the one of two in a deadlock. 55P03: a lock that was not had in time. */
const PASSING = /^(?:40|55P03)/;

/** Whether the same transaction may go through when it is tried again. */
export const isPassing = (code: string): boolean => PASSING.test(code);

/** Which fault a failure of the database is, or null where it is our own mistake (a constraint, a wrong statement). */
export function storeFault(error: unknown): Extract<FaultCode, 'store_unavailable' | 'store_full'> | null {
  if (!(error instanceof DatabaseError)) return isConnectionTrouble(error) ? 'store_unavailable' : null;
  const code = error.code ?? '';
  if (code === DISK_FULL) return 'store_full';
  if (isPassing(code)) return 'store_unavailable';
  return UNAVAILABLE_CLASSES.has(code.slice(0, 2)) && code !== QUERY_CANCELED ? 'store_unavailable' : null;
}

/** The driver's own errors have words and no code. */
function isConnectionTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return /^E[A-Z]+$/.test(code) || code.startsWith('ERR_TLS') || code.startsWith('ERR_SSL');
  return /connection|not queryable|timeout/i.test(error.message);
}
