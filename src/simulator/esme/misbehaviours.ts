import { inMessages } from './in-messages.ts';
import { inSession } from './in-session.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { onBind } from './on-bind.ts';
import { onThePort } from './on-the-port.ts';

/** Every kind of bad application that the simulator can be. */
export const misbehaviours: readonly Misbehaviour[] = [...onThePort, ...onBind, ...inSession, ...inMessages];

export const misbehaviourOf = (name: string): Misbehaviour | undefined =>
  misbehaviours.find((row) => row.name === name);
