import { chmodSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { FaultError } from '../../base/fault.ts';

const OWNER_ONLY = 0o600;

/** Takes the socket that a gateway left when it was killed out of the way; one that is still answered stays. */
export async function clearSocket(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const attempt = connect(path, () => resolve(true)).on('error', () => resolve(false));
  const isAnswered = await promise;
  attempt.destroy();
  if (isAnswered) throw new FaultError('name_taken', { detail: 'Another gateway answers on the control socket.' });
  rmSync(path);
}

/** Whoever can open the socket is the operator, so it is its owner's alone. */
export const closeToOthers = (path: string): void => chmodSync(path, OWNER_ONLY);
