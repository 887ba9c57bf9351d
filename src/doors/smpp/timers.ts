import { SECOND_MS } from '../../base/clock.ts';
import type { SmppLimits } from './deps.ts';
import type { PeerFault } from './peer-faults.ts';
import type { Session } from './session.ts';
import type { Watch, WatchVerdict } from './watch.ts';

/** What the time has come for: to ask with enquire_link, or to part, in one of three ways and for a reason. */
export type Due =
  | 'nothing'
  | 'ask'
  | {
      /** `end`: what was written is still sent. `unbind`: with a goodbye. `cut`: at once, nobody is there. */
      readonly how: 'end' | 'unbind' | 'cut';
      readonly code: PeerFault;
    };

const byVerdict: Readonly<Record<WatchVerdict, Due>> = {
  nothing: 'nothing',
  ask: 'ask',
  inactive: { how: 'unbind', code: 'smpp_inactive' },
  silent: { how: 'cut', code: 'smpp_peer_silent' },
  'slow-pdu': { how: 'cut', code: 'smpp_slow_pdu' },
};

/** For who has been connected so long without a bind. */
export const dueUnbound = (openMs: number, { bindSeconds }: SmppLimits): Due =>
  openMs < bindSeconds * SECOND_MS ? 'nothing' : { how: 'end', code: 'smpp_bind_overdue' };

/** For who is bound. Gives up the notices whose answers are overdue. */
export function dueBound({ deps, credential, notices, connection }: Session, watch: Watch, nowMs: number): Due {
  const { limits, clock } = deps;
  if (credential!.expiresAtMs <= clock.now()) return { how: 'unbind', code: 'smpp_credential_ended' };
  notices.expire(nowMs, limits.responseSeconds * SECOND_MS);
  if (notices.isHopeless) return { how: 'unbind', code: 'smpp_never_answers' };
  return byVerdict[watch.look(nowMs, connection.midPduMs(nowMs), limits)];
}
