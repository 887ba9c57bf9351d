import { fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import type { RiverContext } from '../context.ts';
import type { Routed, Timed } from '../message.ts';

/** The first carrier of its route that the credential may use and that is up. */
export function chooseCarrier(message: Timed, { ways }: RiverContext): Verdict<Routed> {
  message.outlet = ways.choose(message, message.submission.credential.capability.carriers);
  return message.outlet ? on(message as Routed) : refuse(fault('no_route'));
}
