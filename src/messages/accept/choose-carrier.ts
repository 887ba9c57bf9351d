import { fault } from '../../base/fault.ts';
import { on, refuse, type Verdict } from '../../base/verdict.ts';
import type { RiverContext } from '../context.ts';
import type { Outlet } from '../dispatch/outlet.ts';
import type { Routed, Timed } from '../message.ts';

/** The first carrier of the credential that is up; where none is, the first: the message waits for it. */
export function chooseCarrier(message: Timed, { outletNamed }: RiverContext): Verdict<Routed> {
  let first: Outlet | null = null;
  for (const name of message.submission.credential.capability.carriers) {
    const outlet = outletNamed(name);
    if (outlet?.isUp) return goes(message, outlet);
    first ??= outlet;
  }
  return first ? goes(message, first) : refuse(fault('no_route'));
}

function goes(message: Timed, outlet: Outlet): Verdict<Routed> {
  message.outlet = outlet;
  return on(message as Routed);
}
