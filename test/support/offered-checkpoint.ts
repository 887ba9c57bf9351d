import assert from 'node:assert/strict';
import { addCheckpointBody, consistencyProof, rootOf, signCheckpoint } from '../../src/audit/tree/index.ts';
import { logKey, ORIGIN } from './log-keys.ts';
import type { MemoryLog } from './memory-log.ts';

/** The body of an add-checkpoint of a log of the tests. */
export async function offer(log: MemoryLog, from: number, to: number): Promise<Buffer> {
  const [proof, root] = [await consistencyProof(from, to, log.read), await rootOf(to, log.read)];
  assert.ok(Array.isArray(proof) && Buffer.isBuffer(root));
  const note = signCheckpoint({ origin: ORIGIN, size: to, root, extensions: [] }, [logKey], 0);
  return Buffer.from(addCheckpointBody(from, proof, note));
}
