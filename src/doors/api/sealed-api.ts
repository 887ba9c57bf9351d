import { type Fault, fault } from '../../base/fault.ts';
import { FastifyListeners, type ListenerDeps, type Listeners } from './listeners.ts';
import type { Seal } from './root-keys.ts';
import { sealRoutes } from './routes/seal.ts';

export interface SealedApiDeps extends Pick<ListenerDeps, 'clock' | 'ids' | 'log' | 'version'> {
  readonly seal: Seal;
}

/**
 * The listeners of a gateway that is sealed: both answer their health, the operator's takes what opens it, and everything
 * else is refused as `sealed`. Why is told to the operator only.
 */
export const createSealedApi = ({ seal, ...deps }: SealedApiDeps): Listeners =>
  new FastifyListeners(
    {
      ...deps,
      access: { authenticateKey: () => fault('sealed') },
      uses: { isKnown: () => false, used: (_credential, _address, then) => then(fault('sealed')), refused: () => {} },
      health: { readiness: () => fault('sealed') },
      sealed: (isForOperator): Fault => (isForOperator ? { ...seal.why(), code: 'sealed' } : fault('sealed')),
    },
    new Set(),
    { forApplications: [], forOperators: sealRoutes(seal) },
  );
