import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './connect.ts';
import type { Gateway } from './gateway.ts';
import type { Child } from './processes.ts';
import type { SmscOptions } from './smsc.ts';

const UP_MS = 60_000;
const POLL_MS = 100;

type Conduct = Omit<SmscOptions, 'port' | 'identity'>;

/** Adds a carrier whose other end is this SMSC, without TLS, and waits until it is up. */
export async function raiseCarrier(
  { administration }: Gateway,
  smsc: Child,
  { name, window, ...conduct }: { name: string; window: number } & Conduct,
): Promise<void> {
  const port = await freePort();
  await administration.addCarrier({ name, port, tls: false, window });
  await smsc.ask('listen', { port, identity: null, ...conduct } satisfies SmscOptions);
  for (let waitedMs = 0; !(await administration.carrierIsUp(name)); waitedMs += POLL_MS) {
    if (waitedMs > UP_MS) throw new Error('the carrier did not come up');
    await sleep(POLL_MS);
  }
}
