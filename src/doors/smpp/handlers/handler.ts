import type { Session } from '../session.ts';

/**
 * What is done with a PDU that its session may send now; `session-rules` has been asked. The PDU lies in `bytes` from
 * `at` on during the call only. A handler that answers later calls `session.asked()` now and `session.answered()` then,
 * so that the request counts in the window; it writes to `session.connection.out` only while `session.isOpen`.
 */
export type Handler = (session: Session, bytes: Buffer, at: number, length: number, sequence: number) => void;
