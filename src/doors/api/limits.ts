import { SECOND_MS } from '../../base/clock.ts';

const KIB = 1024;

/** Every bound of this door. What exceeds one is answered as the fault beside it says. */
export const limits = {
  /** body_too_large */
  bodyBytes: 64 * KIB,
  /** body_too_large */
  batchBodyBytes: 2 * KIB * KIB,
  /** invalid_request */
  batchMessages: 1000,
  /** headers_too_large */
  headerBytes: 16 * KIB,
  /** request_timeout: the TLS handshake and the headers, each */
  headersTimeoutMs: 10 * SECOND_MS,
  /** request_timeout: the whole request */
  requestTimeoutMs: 30 * SECOND_MS,
  /** The connection is closed when nothing moves on it, whoever's turn it is. */
  idleTimeoutMs: 75 * SECOND_MS,
  /** The connection is closed: it waits for another request. */
  keepAliveTimeoutMs: 65 * SECOND_MS,
  /** How often the timeouts are looked at. */
  timeoutCheckMs: 5 * SECOND_MS,
  /** Further connections are closed at once. */
  connections: 4096,
  /** store_unavailable */
  settleTimeoutMs: 15 * SECOND_MS,
  /** What is in flight when the door closes is given this long. */
  closeGraceMs: 20 * SECOND_MS,
  /** A watcher of the handset who does not read is let go. */
  streamBacklogBytes: 1024 * KIB,
} as const;
