export type { Asked, Misbehaviour } from './esme/misbehaviour.ts';
export { misbehaviourOf, misbehaviours } from './esme/misbehaviours.ts';
export { type Pace, play, type Target, type Verdict } from './esme/play.ts';
export { hurried } from './hurried.ts';
export { addressOf } from './loopback.ts';
export { behaviourOf, behaviours } from './smsc/behaviours.ts';
export type { Script } from './smsc/conduct.ts';
export { readScript } from './smsc/script.ts';
export { Smsc, type SmscOptions } from './smsc/smsc.ts';
